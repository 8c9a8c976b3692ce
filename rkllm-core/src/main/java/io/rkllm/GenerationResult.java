package io.rkllm;

import io.rkllm.internal.check.Check;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The result of a generation: its text, the reason why it ended, and its statistics. Immutable. */
public final class GenerationResult {
  private final String text;
  private final FinishReason finishReason;
  private final GenerationStats stats;
  private final int[] tokenIds;

  private GenerationResult(
      String text, FinishReason finishReason, GenerationStats stats, int[] tokenIds) {
    this.text = text;
    this.finishReason = finishReason;
    this.stats = stats;
    this.tokenIds = tokenIds;
  }

  /**
   * Creates a result, for runtimes and tests.
   *
   * @param tokenIds the ids of the generated tokens; copied
   */
  public static GenerationResult of(
      String text, FinishReason finishReason, GenerationStats stats, int... tokenIds) {
    return new GenerationResult(
        Check.nonNull("text", text),
        Check.nonNull("finishReason", finishReason),
        Check.nonNull("stats", stats),
        tokenIds.clone());
  }

  /** Returns the whole text, or the text generated so far if the generation was cut short. */
  public String text() {
    return text;
  }

  /** Returns why the generation ended. */
  public FinishReason finishReason() {
    return finishReason;
  }

  /** Returns the times and token counts. */
  public GenerationStats stats() {
    return stats;
  }

  /**
   * Returns a copy of the ids of the generated tokens, in order. There are {@link
   * GenerationStats#generatedTokens} of them. They include tokens whose text is hidden by a stop
   * sequence, and the token that ends the answer if the runtime reports it.
   */
  public int[] tokenIds() {
    return tokenIds.clone();
  }

  /** Returns whether the other object is a result with the same values. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GenerationResult that
        && text.equals(that.text)
        && finishReason == that.finishReason
        && stats.equals(that.stats)
        && Arrays.equals(tokenIds, that.tokenIds);
  }

  @Override
  public int hashCode() {
    return Objects.hash(text, finishReason, stats, Arrays.hashCode(tokenIds));
  }

  /** Returns the values, with the number of token ids in place of the ids. */
  @Override
  public String toString() {
    return "GenerationResult[text=%s, finishReason=%s, stats=%s, tokenIds=%d]"
        .formatted(text, finishReason, stats, tokenIds.length);
  }
}
