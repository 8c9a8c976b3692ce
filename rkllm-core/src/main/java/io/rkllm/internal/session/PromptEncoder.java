package io.rkllm.internal.session;

import io.rkllm.input.Input;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.internal.check.LiteralTags;
import io.rkllm.internal.check.TextLength;
import io.rkllm.internal.handle.FileTokenizer;
import io.rkllm.internal.run.Turn;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import io.rkllm.tokenizer.ModelTokenizer;

/**
 * Converts text that the model is to read unchanged to token ids, with the tokenizer in the model's
 * file. Without one, it remains text. Thread-safe.
 */
final class PromptEncoder {
  private final FileTokenizer tokenizer;

  PromptEncoder(FileTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Returns a forward pass over an input, to which no template is applied. */
  Turn forwardPass(Input input) {
    return switch (input) {
      case TextPrompt prompt ->
          model -> request(prompt, prompt.text(), ModelTokenizer::encodeSequence, model);
      case RawPrompt raw -> model -> request(raw, raw.text(), encodingOf(raw), model);
      default -> _ -> RunRequest.of(input);
    };
  }

  /** Returns the run of a prompt that is passed on unchanged. */
  RunRequest request(RawPrompt raw, NativeModel model) {
    return request(raw, raw.text(), encodingOf(raw), model);
  }

  /** Returns the run of a prompt that a chat format has rendered. */
  RunRequest request(String rendered, boolean begun, NativeModel model) {
    return request(TextPrompt.of(rendered), rendered, encoding(begun), model);
  }

  private RunRequest request(Input asText, String text, Encoding encoding, NativeModel model) {
    int context = model.contextLength();
    if (context > 0 && TextLength.minTokens(text) > context) {
      return RunRequest.of(asText); // will be refused; its ids could take gigabytes
    }
    return RunRequest.of(
        tokenizer
            .readIfPossible()
            .map(own -> ids(own, text, encoding))
            .filter(ids -> ids.length > 0)
            .<Input>map(TokenPrompt::of)
            .orElse(asText));
  }

  /** Returns the number of tokens in a prompt that a chat format has rendered. */
  static int count(ModelTokenizer tokenizer, String rendered, boolean begun) {
    return ids(tokenizer, rendered, encoding(begun)).length;
  }

  private static int[] ids(ModelTokenizer tokenizer, String text, Encoding encoding) {
    return encoding.ids(tokenizer, LiteralTags.neutralize(text)); // a tag may be a control token
  }

  private static Encoding encodingOf(RawPrompt raw) {
    return encoding(raw.writesBeginToken());
  }

  /**
   * @param begun whether the text already begins with what begins a sequence
   */
  private static Encoding encoding(boolean begun) {
    return begun ? ModelTokenizer::encode : ModelTokenizer::encodePrompt;
  }

  /** Converts a text to ids, with the tokens that belong around it. */
  @FunctionalInterface
  private interface Encoding {
    int[] ids(ModelTokenizer tokenizer, String text);
  }
}
