package io.rkllm.internal;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.Token;
import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run makes of one of its inputs: its tokens, and how it ends. A stop from any thread only
 * leaves its reason here; the {@link RunTask} decides what follows.
 */
final class Answer {
  private static final Logger LOG = LoggerFactory.getLogger("io.rkllm.Generation");

  private final RunTask run;
  private final int member;
  private final EventLog<Token> log;
  private final TokenRecorder recorder;
  private final CompletableFuture<GenerationResult> ended = new CompletableFuture<>();
  private final AtomicReference<@Nullable Stop> stop = new AtomicReference<>();
  private final AtomicBoolean left = new AtomicBoolean(); // counted out of its run
  private volatile @Nullable Settled settled;
  private final AtomicBoolean published = new AtomicBoolean();

  /**
   * The generation that applications read. All its readers and those who wait for its result hold
   * on to it, so once it is gone, nobody can ever ask for a token again.
   */
  private volatile @Nullable WeakReference<ModelGeneration> generation;

  private volatile boolean abandoned;

  Answer(RunTask run, int member, RunPlan plan) {
    this.run = run;
    this.member = member;
    this.log = new EventLog<>(run.worker().watcher());
    this.recorder = new TokenRecorder(this, log, plan);
  }

  RunTask run() {
    return run;
  }

  ModelWorker worker() {
    return run.worker();
  }

  /** Which input of the run it answers, from 0. */
  int member() {
    return member;
  }

  EventLog<Token> log() {
    return log;
  }

  TokenRecorder recorder() {
    return recorder;
  }

  /**
   * Completed after the log has ended; its dependents run on the thread that ends it, so nobody
   * outside gets it.
   */
  CompletableFuture<GenerationResult> ended() {
    return ended;
  }

  /** The text so far. */
  String text() {
    StringBuilder text = new StringBuilder();
    int tokens = log.size();
    for (int i = 0; i < tokens; i++) {
      text.append(log.get(i).text());
    }
    return text.toString();
  }

  /** Sees to it that it ends soon. The first reason counts. Does not block. */
  void stop(Stop reason) {
    if (!ended.isDone() && stop.compareAndSet(null, reason)) {
      run.memberStopped(this, reason);
    }
  }

  /** Applications read it through this. */
  void readThrough(ModelGeneration reading) {
    generation = new WeakReference<>(reading);
  }

  /**
   * Cancels it if nobody can read it any more. Cheap enough for each token; the garbage collector
   * decides when it is noticed.
   */
  void stopIfAbandoned() {
    WeakReference<ModelGeneration> reading = generation;
    if (reading != null && reading.refersTo(null) && !abandoned) {
      abandoned = true;
      stop(Stop.CANCELLED);
    }
  }

  /** Why it was stopped, or null. */
  @Nullable Stop stopReason() {
    return stop.get();
  }

  /**
   * How it ended while its run went on or was about to end; nothing that becomes of the run changes
   * that.
   *
   * @param reason why it ended
   * @param early whether the run went on, so that its figures are not this answer's
   */
  record Settled(FinishReason reason, boolean early) {}

  /** It has ended, whatever becomes of its run. By the one who had it {@link #leave}. */
  void settle(Settled how) {
    settled = how;
  }

  /** How it ended by itself, or null. */
  @Nullable Settled settled() {
    return settled;
  }

  /** Leaves the run; true the first time. */
  boolean leave() {
    return left.compareAndSet(false, true);
  }

  /** Ends it; only the first outcome counts. */
  void publish(Outcome outcome) {
    if (!published.compareAndSet(false, true)) {
      return;
    }
    try {
      run.answerEnds(outcome);
    } catch (Throwable _) {
      // telling of it must not keep it from ending; the heap may be full
    }
    switch (outcome) {
      case Outcome.Finished(GenerationResult result) -> LoggedWork.end(log, ended, result, null);
      case Outcome.Failed(InferenceException failure) -> LoggedWork.end(log, ended, null, failure);
    }
    try {
      tell(outcome);
    } catch (Throwable _) {
      // nor may a log that throws keep the other answers of the run from ending
    }
  }

  private void tell(Outcome outcome) {
    if (abandoned) {
      LOG.warn(
          "{}: a generation was cancelled, since the application holds on neither to it nor to a"
              + " reader of it and did not ask for its result",
          worker().name());
    }
    switch (outcome) {
      case Outcome.Finished(GenerationResult result) ->
          LOG.debug("{}: {}, {}", worker().name(), result.finishReason(), result.stats());
      case Outcome.Failed(InferenceException failure) ->
          LOG.warn("{}: {}", worker().name(), failure.getMessage());
    }
  }
}
