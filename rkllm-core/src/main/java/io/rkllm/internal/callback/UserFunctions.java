package io.rkllm.internal.callback;

import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.Tokenizer;

/** Functions of the application that native code waits for. They must not call the model. */
public final class UserFunctions {
  private UserFunctions() {}

  public static Tokenizer contained(Tokenizer tokenizer) {
    return text -> UserCallback.call(() -> tokenizer.encode(text));
  }

  public static EmbeddingLookup contained(EmbeddingLookup lookup) {
    return (tokenIds, rows) ->
        UserCallback.call(
            () -> {
              lookup.embed(tokenIds, rows);
              return rows;
            });
  }
}
