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
 * Tells whether the prompts of a run fit into the context, as far as that is possible without the
 * model's tokenizer. The runtime itself may fail such a run without a word.
 *
 * @param longest tokens that the longest prompt has at least, without template and history
 * @param probable tokens that it has in all probability, likewise
 * @param couldBe tokens that it has at most, likewise
 * @param history tokens before it in the KV cache that the run goes on from; 0 if there are none,
 *     null if it cannot be told how many
 * @param context the context length in tokens; 0 if not known
 */
record ContextFit(
    long longest, long probable, long couldBe, @Nullable Integer history, int context) {
  /** Of a run that has not begun, or that goes on without an input. */
  static final ContextFit UNKNOWN = new ContextFit(0, 0, Long.MAX_VALUE, null, 0);

  /**
   * The longest tokens in the vocabularies of published models are runs of 128 spaces or signs. No
   * text with four times as many bytes for each token of the context can fit; white space is not
   * counted, since a tokenizer may drop it.
   */
  private static final int BYTES_OF_A_TOKEN = 512;

  /**
   * Text in any language has fewer bytes for each of its tokens: about four, and hardly ever six.
   * Enough to tell why a run has failed, not to refuse one.
   */
  private static final int PROBABLE_BYTES_OF_A_TOKEN = 8;

  /** The runtime keeps this many for itself: it calls a context of 1024 one of 1020. */
  private static final int RESERVE = 4;

  /**
   * Looks at what goes into a run.
   *
   * @param ownTokenizer whether a tokenizer of the program's makes the tokens: it may make any
   *     number of any text
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

  /** What takes up the context one by one: token ids and embeddings. */
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

  /** How many bytes the text has in UTF-8: as many tokens as it can become. */
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
   * Refuses what is longer than the context for certain, before native code. A history does not
   * count here: the runtime may shift it out.
   *
   * @throws ContextOverflowException if it is longer
   */
  void refuseOverflow() {
    if (context > 0 && longest > context) {
      throw overflow(
          longest, "It was not given to the runtime", "generate", InferenceException.NO_CODE);
    }
  }

  /** Returns whether a run that failed without words did so for this reason. */
  boolean overflows() {
    return context > 0 && probable + (history == null ? 0 : history) > context - RESERVE;
  }

  /** Whether a run that failed without words may have done so for this reason. */
  boolean mayOverflow() {
    return context > 0 && (history == null || couldBe + history > context - RESERVE);
  }

  /**
   * Tells of a run that failed because it did not fit.
   *
   * @param function the C function that made the run
   */
  ContextOverflowException overflow(String function, int code) {
    return overflow(probable, function + " returned " + code, function, code);
  }

  private ContextOverflowException overflow(
      long tokens, String consequence, String operation, int code) {
    String before = history == null || history == 0 ? "" : " behind a history of " + history;
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
