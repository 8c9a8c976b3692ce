package io.rkllm.internal;

import io.rkllm.ContextOverflowException;
import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.InferenceException;
import io.rkllm.RkllmException;
import io.rkllm.spi.RunPerformance;
import java.time.Duration;
import java.util.OptionalInt;

/** How a generation ended: one of two. */
sealed interface Outcome {

  /** With a result, complete or cancelled. */
  record Finished(GenerationResult result) implements Outcome {}

  /** With a failure. */
  record Failed(InferenceException failure) implements Outcome {}

  /** When things happened, by {@link System#nanoTime}. */
  record Times(long createdAt, long startedAt, long endedAt) {}

  /** Finished, with what was recorded. */
  static Outcome finished(String text, FinishReason reason, Times times, RunRecorder run) {
    long firstAt = run.firstTokenAt(times.endedAt);
    RunPerformance measured = run.performance();
    Duration decodeTime = Duration.ofNanos(times.endedAt - firstAt);
    if (measured != null && measured.generateMillis() > 0) {
      decodeTime = millis(measured.generateMillis());
    }
    GenerationStats stats =
        new GenerationStats(
            Duration.ofNanos(times.startedAt - times.createdAt),
            Duration.ofNanos(firstAt - times.startedAt),
            Duration.ofNanos(times.endedAt - times.startedAt),
            measured == null ? OptionalInt.empty() : OptionalInt.of(measured.prefillTokens()),
            measured == null ? Duration.ZERO : millis(measured.prefillMillis()),
            run.generated(),
            decodeTime,
            measured == null ? 0 : measured.memoryMegabytes());
    return new Finished(new GenerationResult(text, reason, stats));
  }

  /** The runtime said that the run failed: by its return code, by an error callback, or both. */
  static Outcome runFailed(int code, String words, String partialText) {
    String quoted = words.isEmpty() ? "" : ": " + words;
    if (words.contains("max context")) {
      return new Failed(
          new ContextOverflowException(
              "the prompt does not fit into the context"
                  + quoted
                  + ". Shorten it, start a new session, or load the model with a larger"
                  + " contextLength.",
              code));
    }
    return new Failed(
        new InferenceException(
            "the runtime reported that the run failed (rkllm_run returned %d)%s. Its log lines may say more."
                .formatted(code, quoted),
            code,
            partialText,
            null));
  }

  /** Something on the Java side was thrown. */
  static Outcome thrown(String where, Throwable thrown, String partialText) {
    return new Failed(
        new InferenceException(
            "%s threw %s; only this generation failed, the model can be used on"
                .formatted(where, thrown),
            RkllmException.NO_CODE,
            partialText,
            thrown));
  }

  private static Duration millis(float millis) {
    return Duration.ofNanos((long) (millis * 1e6));
  }
}
