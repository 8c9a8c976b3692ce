package io.rkllm.internal.run;

import io.rkllm.ContextOverflowException;
import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.InferenceException;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmException;
import io.rkllm.spi.ModelLostException;
import io.rkllm.stream.Thrown;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The outcome of a generation. */
sealed interface Outcome {

  /**
   * An outcome with a result, which may be complete or cut short.
   *
   * @param cutOff what readers of the tokens receive if the answer would otherwise look complete;
   *     null if it ended as they may expect
   */
  record Finished(GenerationResult result, @Nullable InferenceException cutOff)
      implements Outcome {}

  /** An outcome with a failure. */
  record Failed(InferenceException failure) implements Outcome {}

  /** The times of a run, by {@link System#nanoTime}. */
  record Times(long createdAt, long startedAt, long endedAt) {}

  /** Returns an outcome with the recorded result. */
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
        new MeasuredStats(
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

  /** Returns the outcome of a generation that was cancelled before it started. */
  static Outcome nothing(Times times) {
    Duration waited = Duration.ofNanos(times.startedAt - times.createdAt);
    return new Finished(
        GenerationResult.of("", FinishReason.CANCELLED, MeasuredStats.waited(waited)), null);
  }

  /**
   * Returns the outcome of a generation that the SDK abandoned.
   *
   * @param function the C function that performed the run
   */
  static Outcome failed(String function, String message, String partialText) {
    return new Failed(
        new InferenceException(message, function, RkllmException.NO_CODE, partialText, null));
  }

  /** Returns the outcome of a run whose model was lost. */
  static Outcome lost(String function, ModelLostException lost, String partialText) {
    return new Failed(
        new InferenceException(
            String.valueOf(lost.getMessage()),
            function,
            RkllmException.NO_CODE,
            partialText,
            lost));
  }

  /** Returns the outcome of a generation whose timeout expired. */
  static Outcome timedOut(String function, @Nullable Duration timeout, String partialText) {
    Duration allowed = timeout == null ? Duration.ZERO : timeout;
    return new Failed(
        new InferenceTimeoutException(
            "the generation did not end within "
                + allowed
                + ", including the time in the queue; it was stopped",
            function,
            allowed,
            partialText));
  }

  /**
   * Returns the outcome of a run that the runtime reported as failed, by its return code, by an
   * error callback, or both.
   *
   * @param function the C function that performed the run
   * @param causes likely causes, used if the runtime gave no error message
   */
  static Outcome runFailed(
      String function, int code, String error, List<String> causes, String partialText) {
    String quoted = error.isEmpty() ? "" : ": " + error;
    if (error.contains("max context") || error.contains("longer than the context")) {
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

  /** Preallocated, for use when no memory is left. */
  Outcome OUT_OF_MEMORY =
      new Failed(
          new InferenceException(
              "the JVM ran out of memory during the generation; increase its heap size",
              RkllmException.NO_CODE,
              "",
              null));

  /** Returns the outcome of a generation during which Java code threw an exception. */
  static Outcome thrown(
      String function, String where, @Nullable Throwable thrown, String partialText) {
    return new Failed(
        new InferenceException(
            where
                + " threw "
                + Thrown.describe(thrown)
                + "; only this generation failed, and the model remains usable",
            function,
            RkllmException.NO_CODE,
            partialText,
            thrown));
  }

  /** Returns the same outcome if possible, or a preallocated one if the heap is full. */
  static Outcome lastResort(String function, @Nullable Throwable thrown) {
    try {
      return thrown(function, "the run", thrown, "");
    } catch (Throwable _) {
      return OUT_OF_MEMORY;
    }
  }
}
