package io.rkllm.internal;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.event.ModelListener;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells of one run: the listener, Flight Recorder, and the model's statistics. Called on whichever
 * thread moves the run on. Where the heap is full or no thread can be made, it tells nothing: the
 * run must go on.
 */
final class RunEvents {
  private final ModelWorker worker;
  private final long run;
  private final long createdAt = System.nanoTime();
  private final @Nullable RunRecording recording;

  RunEvents(ModelWorker worker) {
    this.worker = worker;
    this.run = worker.nextRunNumber();
    this.recording = RunRecording.of(worker.name());
  }

  void started() {
    Duration queueTime = Duration.ofNanos(System.nanoTime() - createdAt);
    record(RunRecording::started);
    tell(listener -> listener.onStart(run, queueTime));
  }

  /** On the native thread: only takes the time. */
  void firstToken() {
    if (recording != null) {
      recording.firstToken();
    }
  }

  /** Native code has returned. */
  void returned(Figures figures) {
    record(run -> run.returned(figures));
  }

  void stopped(Stop reason) {
    if (reason != Stop.STOP_SEQUENCE && reason != Stop.TOKEN_LIMIT) {
      record(run -> run.stopped(reason));
    }
  }

  void ended(Outcome outcome) {
    switch (outcome) {
      case Outcome.Finished(GenerationResult result) -> ended(result);
      case Outcome.Failed(InferenceException failure) -> failed(failure);
    }
  }

  private void ended(GenerationResult result) {
    contained(() -> worker.stats().add(result));
    record(run -> run.ended(result));
    tell(listener -> listener.onEnd(run, result));
  }

  private void failed(InferenceException failure) {
    contained(worker.stats()::addFailure);
    record(run -> run.failed(failure));
    tell(listener -> listener.onFailure(run, failure));
  }

  private void record(Consumer<RunRecording> event) {
    if (recording != null) {
      contained(() -> event.accept(recording));
    }
  }

  private void tell(Consumer<ModelListener> event) {
    contained(() -> worker.listener().tell(event));
  }

  private static void contained(Runnable telling) {
    try {
      telling.run();
    } catch (Throwable _) {
      // there may not even be the memory to say so
    }
  }
}
