package io.rkllm.internal.event;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.event.ModelListener;
import io.rkllm.event.RunKind;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports the events of one run to its listeners, to Flight Recorder and to the model's statistics.
 * Called on the thread that advances the run. If the heap is full or no thread can be created,
 * nothing is reported, because the run must continue.
 */
public final class RunEvents {
  private final long run;
  private final StatsSum stats;
  private final ListenerThread thread;
  private final List<ModelListener> listeners;
  private final long createdAt = System.nanoTime();
  private final @Nullable JfrRun recording;

  RunEvents(String model, long run, RunKind kind, StatsSum stats, ListenerThread thread) {
    this.run = run;
    this.stats = stats;
    this.thread = thread;
    this.listeners = thread.forRun(kind);
    this.recording = JfrRun.of(model);
  }

  /** Reports that the run has started on the model's thread. */
  public void started() {
    Duration queueTime = Duration.ofNanos(System.nanoTime() - createdAt);
    record(JfrRun::started);
    dispatch(listener -> listener.onStart(run, queueTime));
  }

  /** Records the time of the first token. Called on the native thread. */
  public void firstToken() {
    if (recording != null) {
      recording.firstToken();
    }
  }

  /** Reports that native code has returned. */
  public void returned(int prefillTokens) {
    record(run -> run.returned(prefillTokens));
  }

  /** Reports that the run, or one of its answers, is being stopped. */
  public void stopped(String reason) {
    record(run -> run.stopped(reason));
  }

  /** Reports that an answer has ended with a result. */
  public void ended(GenerationResult result) {
    contained(() -> stats.add(result));
    record(run -> run.ended(result));
    dispatch(listener -> listener.onEnd(run, result));
  }

  /** Reports that an answer has failed. */
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
    contained(() -> thread.dispatch(listeners, event));
  }

  private static void contained(Runnable report) {
    try {
      report.run();
    } catch (Throwable _) {
      // There may not even be enough memory to log this.
    }
  }
}
