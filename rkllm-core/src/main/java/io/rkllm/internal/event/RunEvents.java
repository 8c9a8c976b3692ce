package io.rkllm.internal.event;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.event.ModelListener;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports the events of one run to the listener, to Flight Recorder and to the model's statistics.
 * Called on whichever thread moves the run on. Where the heap is full or no thread can be made,
 * nothing is reported: the run must go on.
 */
public final class RunEvents {
  private final long run;
  private final StatsSum stats;
  private final ListenerThread listener;
  private final long createdAt = System.nanoTime();
  private final @Nullable JfrRun recording;

  RunEvents(String model, long run, StatsSum stats, ListenerThread listener) {
    this.run = run;
    this.stats = stats;
    this.listener = listener;
    this.recording = JfrRun.of(model);
  }

  /** The run begins on the model's thread. */
  public void started() {
    Duration queueTime = Duration.ofNanos(System.nanoTime() - createdAt);
    record(JfrRun::started);
    dispatch(listener -> listener.onStart(run, queueTime));
  }

  /** Takes the time of the first token. On the native thread. */
  public void firstToken() {
    if (recording != null) {
      recording.firstToken();
    }
  }

  /** Native code has returned. */
  public void returned(int prefillTokens) {
    record(run -> run.returned(prefillTokens));
  }

  /** The run, or an answer of it, is stopped. */
  public void stopped(String reason) {
    record(run -> run.stopped(reason));
  }

  /** An answer has ended with a result. */
  public void ended(GenerationResult result) {
    contained(() -> stats.add(result));
    record(run -> run.ended(result));
    dispatch(listener -> listener.onEnd(run, result));
  }

  /** An answer has failed. */
  public void failed(InferenceException failure) {
    contained(stats::addFailure);
    record(run -> run.failed(failure));
    dispatch(listener -> listener.onFailure(run, failure));
  }

  private void record(Consumer<JfrRun> event) {
    if (recording != null) {
      contained(() -> event.accept(recording));
    }
  }

  private void dispatch(Consumer<ModelListener> event) {
    contained(() -> listener.dispatch(event));
  }

  private static void contained(Runnable report) {
    try {
      report.run();
    } catch (Throwable _) {
      // there may not even be the memory to say so
    }
  }
}
