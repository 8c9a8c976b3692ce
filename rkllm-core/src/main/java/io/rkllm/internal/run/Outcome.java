package io.rkllm.internal.run;

import io.rkllm.ContextOverflowException;
import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.InferenceException;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmException;
import io.rkllm.stream.Thrown;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** How a generation ended: one of two. */
sealed interface Outcome {

  /**
   * With a result, complete or cut short.
   *
   * @param cutOff what readers of the tokens are told, to whom the answer would look complete; null
   *     if it ended as they may expect
   */
  record Finished(GenerationResult result, @Nullable InferenceException cutOff)
      implements Outcome {}

  /** With a failure. */
  record Failed(InferenceException failure) implements Outcome {}

  /** When things happened, by {@link System#nanoTime}. */
  record Times(long createdAt, long startedAt, long endedAt) {}

  /** Finished, with what was recorded. */
  static Outcome finished(
      String text,
      int[] tokenIds,
      FinishReason reason,
      Times times,
      TokenRecorder tokens,
      OptionalInt promptTokens,
      Figures measured) {
    long firstAt = tokens.firstTokenAt(times.endedAt);
    GenerationStats stats =
        new GenerationStats(
            Duration.ofNanos(times.startedAt - times.createdAt),
            Duration.ofNanos(firstAt - times.startedAt),
            Duration.ofNanos(times.endedAt - times.startedAt),
            tokens.generated(),
            measured.decodeTime().orElse(Duration.ofNanos(times.endedAt - firstAt)),
            promptTokens,
            measured.prefillTokens(),
            measured.prefillTime(),
            measured.memoryMegabytes());
    return new Finished(
        GenerationResult.of(text, reason, stats, tokenIds),
        reason == FinishReason.MODEL_CLOSED
            ? new ModelClosedException("the model was closed before the answer had ended", text)
            : null);
  }

  /** Cancelled before it began. */
  static Outcome nothing(Times times) {
    Duration waited = Duration.ofNanos(times.startedAt - times.createdAt);
    return new Finished(
        GenerationResult.of(
            "",
            FinishReason.CANCELLED,
            new GenerationStats(
                waited,
                Duration.ZERO,
                Duration.ZERO,
                0,
                Duration.ZERO,
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                OptionalDouble.empty())),
        null);
  }

  /**
   * The SDK gave up on it.
   *
   * @param function the C function that made the run
   */
  static Outcome failed(String function, String message, String partialText) {
    return new Failed(
        new InferenceException(message, function, RkllmException.NO_CODE, partialText, null));
  }

  /** Its time was over. */
  static Outcome timedOut(String function, @Nullable Duration timeout, String partialText) {
    Duration allowed = timeout == null ? Duration.ZERO : timeout;
    return new Failed(
        new InferenceTimeoutException(
            "the generation did not end within "
                + allowed
                + ", waiting in the queue included; it was stopped",
            function,
            allowed,
            partialText));
  }

  /**
   * The runtime said that the run failed: by its return code, by an error callback, or both.
   *
   * @param function the C function that made the run
   * @param causes likely causes, as sentences; for where the runtime has no words
   */
  static Outcome runFailed(
      String function, int code, String words, List<String> causes, String partialText) {
    String quoted = words.isEmpty() ? "" : ": " + words;
    if (words.contains("max context") || words.contains("longer than the context")) {
      return new Failed(
          new ContextOverflowException(
              "the prompt does not fit into the context"
                  + quoted
                  + ". Shorten it, start a new session, or load the model with a larger"
                  + " contextLength.",
              function,
              code));
    }
    return new Failed(
        new InferenceException(
            "the runtime reported that the run failed (%s returned %d)%s.%s Its log lines may say more."
                .formatted(function, code, quoted, likely(causes)),
            function,
            code,
            partialText,
            null));
  }

  private static String likely(List<String> causes) {
    return causes.isEmpty() ? "" : " Likely causes: " + String.join("; ", causes) + ".";
  }

  /** Made beforehand, for when nothing can be made any more. */
  Outcome OUT_OF_MEMORY =
      new Failed(
          new InferenceException(
              "the JVM ran out of memory while the generation ran; give it a larger heap",
              RkllmException.NO_CODE,
              "",
              null));

  /** Something on the Java side was thrown. */
  static Outcome thrown(
      String function, String where, @Nullable Throwable thrown, String partialText) {
    return new Failed(
        new InferenceException(
            where
                + " threw "
                + Thrown.describe(thrown)
                + "; only this generation failed, the model can be used on",
            function,
            RkllmException.NO_CODE,
            partialText,
            thrown));
  }

  /** The same where perhaps not even that can be said: the heap is full. */
  static Outcome lastResort(String function, @Nullable Throwable thrown) {
    try {
      return thrown(function, "the run", thrown, "");
    } catch (Throwable _) {
      return OUT_OF_MEMORY;
    }
  }
}
