package io.rkllm.internal.run;

import io.rkllm.ContextOverflowException;
import io.rkllm.InferenceException;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.RunRequest;
import org.jspecify.annotations.Nullable;

/**
 * Determines whether the prompts of a run fit into the context, as far as possible without the
 * model's tokenizer. The runtime may fail such a run without an error message.
 *
 * @param longest the minimum number of tokens in the longest prompt, without template and history
 * @param probable the likely number of tokens in it
 * @param couldBe the maximum number of tokens in it
 * @param history the number of tokens before it in the KV cache; 0 if there are none, null if the
 *     number is unknown
 * @param context the context length in tokens, or 0 if unknown
 */
record ContextFit(
    long longest, long probable, long couldBe, @Nullable Integer history, int context) {
  /** The value for a run that has not started, or that is resumed without input. */
  static final ContextFit UNKNOWN = new ContextFit(0, 0, Long.MAX_VALUE, null, 0);

  /**
   * The longest tokens in the vocabularies of published models are runs of 128 spaces or
   * punctuation characters. A text with more than four times as many bytes per token of the context
   * cannot fit. White space is not counted, because a tokenizer may drop it.
   */
  private static final int BYTES_OF_A_TOKEN = 512;

  /**
   * Text in any language has fewer bytes per token than this: about four, and rarely more than six.
   * This is accurate enough to explain a failed run, but not to reject one.
   */
  private static final int PROBABLE_BYTES_OF_A_TOKEN = 8;

  /** The number of tokens that the runtime reserves: it reports a context of 1024 as 1020. */
  private static final int RESERVE = 4;

  /**
   * Examines the inputs of a run.
   *
   * @param ownTokenizer whether the application provides the tokenizer, which may produce any
   *     number of tokens
   */
  static ContextFit of(
      RunRequest request, boolean ownTokenizer, @Nullable Integer history, int context) {
    if (request.inputs().isEmpty()) {
      return UNKNOWN;
    }
    long longest = 0;
    long probable = 0;
    long couldBe = 0;
    for (Input input : request.inputs()) {
      String text = textOf(input);
      long positions = positionsOf(input);
      long bytes = ownTokenizer ? 0 : bytes(text, false);
      longest = Math.max(longest, positions + bytes / BYTES_OF_A_TOKEN);
      probable = Math.max(probable, positions + bytes / PROBABLE_BYTES_OF_A_TOKEN);
      couldBe =
          ownTokenizer && !text.isEmpty()
              ? Long.MAX_VALUE / 2
              : Math.max(couldBe, positions + bytes(text, true));
    }
    return new ContextFit(longest, probable, couldBe, history, context);
  }

  private static String textOf(Input input) {
    return switch (input) {
      case TextPrompt prompt -> prompt.text();
      case RawPrompt prompt -> prompt.text();
      case MultimodalPrompt prompt -> prompt.text();
      case TokenPrompt _, EmbeddingPrompt _ -> "";
    };
  }

  /**
   * Returns the number of positions that an input is known to occupy: its token ids and embeddings.
   */
  private static long positionsOf(Input input) {
    return switch (input) {
      case TokenPrompt prompt -> prompt.tokens();
      case EmbeddingPrompt prompt -> prompt.tokens();
      case MultimodalPrompt prompt -> mediaOf(prompt);
      case TextPrompt _, RawPrompt _ -> 0;
    };
  }

  private static long mediaOf(MultimodalPrompt prompt) {
    return prompt.media().stream()
        .mapToLong(media -> media.embeddings().length() / media.embeddingWidth())
        .sum();
  }

  /** Returns the number of UTF-8 bytes in a text, which is the maximum number of its tokens. */
  private static long bytes(String text, boolean withWhiteSpace) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (withWhiteSpace || !(Character.isWhitespace(c) || Character.isSpaceChar(c))) {
        bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
      }
    }
    return bytes;
  }

  /**
   * Rejects a prompt that is certainly longer than the context, before native code is called. A
   * history is not counted, because the runtime may shift it out of the context.
   *
   * @throws ContextOverflowException if the prompt is longer
   */
  void refuseOverflow() {
    if (context > 0 && longest > context) {
      throw overflow(
          longest, "It was not passed to the runtime", "generate", InferenceException.NO_CODE);
    }
  }

  /** Returns whether a run that failed without an error message failed for this reason. */
  boolean overflows() {
    return context > 0 && probable + (history == null ? 0 : history) > context - RESERVE;
  }

  /** Returns whether a run that failed without an error message may have failed for this reason. */
  boolean mayOverflow() {
    return context > 0 && (history == null || couldBe + history > context - RESERVE);
  }

  /**
   * Returns an exception for a run that failed because its prompt did not fit.
   *
   * @param function the C function that performed the run
   */
  ContextOverflowException overflow(String function, int code) {
    return overflow(probable, function + " returned " + code, function, code);
  }

  private ContextOverflowException overflow(
      long tokens, String consequence, String operation, int code) {
    String before = history == null || history == 0 ? "" : " after a history of " + history;
    return new ContextOverflowException(
        "the prompt does not fit into the context: it has %s %d tokens%s, and the context has %d. %s. Shorten it, start a new session, or load the model with a larger contextLength."
            .formatted(
                tokens > longest ? "probably at least" : "at least",
                tokens,
                before,
                context,
                consequence),
        operation,
        code);
  }
}
