package io.rkllm.examples.bench.callback;

import io.rkllm.examples.bench.StreamModel;
import java.util.Arrays;
import java.util.stream.Stream;

/** What the clients that are measured beside each other are told. */
final class TokenClients {
  private TokenClients() {}

  /** Library, model, prompt and number of runs, which all take, and what only one takes. */
  static Object[] arguments(int runs, String... more) {
    Object[] common = {StreamModel.library(), StreamModel.path(), StreamModel.tokens(8_000), runs};
    return Stream.concat(Arrays.stream(common), Arrays.stream(more)).toArray();
  }
}
