package io.rkllm.internal.run;

import io.rkllm.ContextOverflowException;
import io.rkllm.InferenceException;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.internal.check.TextLength;
import io.rkllm.internal.handle.FileTokenizer;
import io.rkllm.spi.RunRequest;
import org.jspecify.annotations.Nullable;

/**
 * Determines whether the prompts of a run fit into the context. The runtime may fail a run whose
 * prompt does not fit without an error message.
 *
 * <p>The length of token ids and embeddings is known exactly. That of text is limited from below by
 * the tokenizer in the model's file, without the runtime's template, or by the number of bytes.
 *
 * @param exact whether the number of tokens in all prompts is known
 * @param longest the minimum number of tokens in the longest prompt, without template and history
 * @param probable the likely number of tokens in it
 * @param couldBe the maximum number of tokens in it
 * @param history the number of tokens before it in the KV cache; 0 if there are none, null if the
 *     number is unknown
 * @param context the context length in tokens, or 0 if unknown
 */
record ContextFit(
    boolean exact,
    long longest,
    long probable,
    long couldBe,
    @Nullable Integer history,
    int context) {
  /** The value for a run that has not started, or that is resumed without input. */
  static final ContextFit UNKNOWN = new ContextFit(false, 0, 0, Long.MAX_VALUE, null, 0);

  /**
   * Text in any language has fewer bytes per token than this: about four, and rarely more than six.
   * This is accurate enough to explain a failed run, but not to reject one.
   */
  private static final int PROBABLE_BYTES_OF_A_TOKEN = 8;

  /**
   * The number of tokens by which a text may become shorter when the runtime's template surrounds
   * it, because the template's last and first characters may form tokens with those of the text.
   */
  private static final int MERGED_WITH_TEMPLATE = 8;

  /** The number of characters per token of the context that are counted; more are unusual. */
  private static final int COUNTED_CHARS = 16;

  /** The number of tokens that the runtime reserves: it reports a context of 1024 as 1020. */
  private static final int RESERVE = 4;

  /**
   * Examines the inputs of a run.
   *
   * @param tokenizer the tokenizer in the model's file
   * @param ownTokenizer whether the application provides the tokenizer, which may produce any
   *     number of tokens
   */
  static ContextFit of(
      RunRequest request,
      FileTokenizer tokenizer,
      boolean ownTokenizer,
      @Nullable Integer history,
      int context) {
    if (request.inputs().isEmpty()) {
      return UNKNOWN;
    }
    boolean exact = true;
    long longest = 0;
    long probable = 0;
    long couldBe = 0;
    for (Input input : request.inputs()) {
      String text = textOf(input);
      long positions = positionsOf(input);
      exact &= text.isEmpty();
      if (ownTokenizer && !text.isEmpty()) {
        longest = Math.max(longest, positions);
        probable = Math.max(probable, positions);
        couldBe = Long.MAX_VALUE / 2;
        continue;
      }
      long counted = countIfLong(text, tokenizer, context);
      long least = Math.max(TextLength.minTokens(text), counted - MERGED_WITH_TEMPLATE);
      long likely = TextLength.bytesWithoutWhiteSpace(text) / PROBABLE_BYTES_OF_A_TOKEN;
      longest = Math.max(longest, positions + least);
      probable = Math.max(probable, positions + Math.max(likely, counted));
      couldBe = Math.max(couldBe, positions + TextLength.maxTokens(text));
    }
    return new ContextFit(exact, longest, probable, couldBe, history, context);
  }

  /**
   * Returns the number of tokens at the beginning of a text that may be too long, or 0. Other texts
   * need no tokenizer, which takes time and memory.
   */
  private static long countIfLong(String text, FileTokenizer tokenizer, int context) {
    if (context == 0
        || TextLength.maxTokens(text) <= context
        || TextLength.minTokens(text) > context
        || !tokenizer.agreesWithRuntime()) {
      return 0;
    }
    String beginning = text.substring(0, Math.min(text.length(), COUNTED_CHARS * context));
    return tokenizer.readIfPossible().map(own -> own.count(beginning)).orElse(0);
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

  /**
   * Rejects a prompt that is longer than the caller allows, before native code is called.
   *
   * @throws ContextOverflowException if the prompt is longer
   * @throws IllegalArgumentException if its length is not known
   */
  void refuseLongerThan(@Nullable Integer max) {
    if (max == null) {
      return;
    }
    if (!exact || history == null) {
      throw new IllegalArgumentException(
          "maxPromptTokens needs a prompt whose length is known: token ids, embeddings, or text for"
              + " a model that was loaded with a chat format from a file with a tokenizer");
    }
    if (longest + history > max) {
      throw new ContextOverflowException(
          "the prompt has %d tokens%s, and maxPromptTokens is %d. It was not passed to the runtime. Shorten it, or start a new session."
              .formatted(longest, afterHistory(), max),
          "generate",
          InferenceException.NO_CODE);
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
    return new ContextOverflowException(
        "the prompt does not fit into the context: it has %s%d tokens%s, and the context has %d. %s. Shorten it, start a new session, or load the model with a larger contextLength."
            .formatted(
                tokens > longest ? "probably at least " : exact ? "" : "at least ",
                tokens,
                afterHistory(),
                context,
                consequence),
        operation,
        code);
  }

  private String afterHistory() {
    return history == null || history == 0 ? "" : " after a history of " + history;
  }
}
