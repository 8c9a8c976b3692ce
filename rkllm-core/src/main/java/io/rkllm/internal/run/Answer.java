package io.rkllm.internal.run;

import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.PausedGeneration;
import io.rkllm.Token;
import io.rkllm.stream.EventLog;
import io.rkllm.stream.LoggedWork;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The output of a run for one of its inputs: its tokens and its outcome. A stop from any thread
 * only records the reason; the run decides what follows.
 */
public final class Answer {
  private static final Logger LOG = LoggerFactory.getLogger(Generation.class);

  private final Run run;
  private final ModelParts parts;
  private final int member;
  private final EventLog<Token> log;
  private final TokenRecorder recorder;
  private final CompletableFuture<GenerationResult> ended = new CompletableFuture<>();
  private final AnswerState state = new AnswerState();

  /**
   * The generation that applications read. All of its readers and waiters refer to it, so once it
   * has been collected, no one can read another token.
   */
  private volatile @Nullable WeakReference<ModelGeneration> generation;

  private volatile boolean abandoned;

  /** The run that an answer belongs to. */
  interface Run {
    /** Called when an answer was stopped. The run continues for the others, if there are any. */
    void memberStopped(Answer answer, Stop reason);

    /** Called inside a callback when the prefill has ended. */
    void firstToken();

    /** Called before an answer ends with the given outcome. */
    void onAnswerEnd(Outcome outcome);

    /** Called when the readers of an answer can no longer be served. */
    void fail(Throwable thrown);

    /**
     * Requests that the run pause at its next token.
     *
     * @throws IllegalStateException if the run cannot be paused
     */
    void pause();

    /** Withdraws a {@link #pause} whose caller no longer waits. */
    void withdrawPause();

    /** Returns the object that resumes the run if the answer has ended as paused, or null. */
    @Nullable PausedGeneration paused();
  }

  /**
   * @param member the input of the run that this answers, counted from 0
   */
  Answer(Run run, ModelParts parts, int member, RunPlan plan) {
    this.run = run;
    this.parts = parts;
    this.member = member;
    this.log = new EventLog<>(parts.threads().watcher());
    this.recorder =
        new TokenRecorder(
            log,
            plan,
            plan.limit(parts.handle().model()),
            parts.handle().endsByToken(),
            new TokenRecorder.Owner() {
              @Override
              public void firstToken() {
                run.firstToken();
              }

              @Override
              public void stop(Stop reason) {
                Answer.this.stop(reason);
              }
            });
  }

  Run run() {
    return run;
  }

  ModelParts parts() {
    return parts;
  }

  /** Returns the input of the run that this answers, counted from 0. */
  int member() {
    return member;
  }

  EventLog<Token> log() {
    return log;
  }

  TokenRecorder recorder() {
    return recorder;
  }

  AnswerState state() {
    return state;
  }

  /**
   * Returns a future that is completed after the log has ended. Its dependents run on the thread
   * that ends the answer, so it is not exposed to applications.
   */
  public CompletableFuture<GenerationResult> ended() {
    return ended;
  }

  /** Returns the text so far. */
  String text() {
    int tokens = log.size();
    int length = 0;
    for (int i = 0; i < tokens; i++) {
      length += log.get(i).text().length();
    }
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < tokens; i++) {
      text.append(log.get(i).text());
    }
    return text.toString();
  }

  /** Returns the ids of the tokens so far that the model has generated. */
  int[] tokenIds() {
    int[] ids = new int[log.size()];
    int count = 0;
    for (int i = 0; i < ids.length; i++) {
      int id = log.get(i).id();
      if (id != Token.NO_ID) {
        ids[count++] = id;
      }
    }
    return Arrays.copyOf(ids, count);
  }

  /**
   * Appends text that was withheld because of an incomplete character or a possible stop sequence.
   */
  synchronized void flush() {
    recorder.flush();
  }

  /** Requests that the answer end soon. Only the first reason counts. Does not block. */
  public void stop(Stop reason) {
    if (state.stop(reason)) {
      run.memberStopped(this, reason);
    }
  }

  /** Sets the generation that applications read. */
  void readThrough(ModelGeneration reading) {
    generation = new WeakReference<>(reading);
  }

  /**
   * Cancels the answer if it can no longer be read. The garbage collector determines when this is
   * detected.
   */
  void stopIfAbandoned() {
    WeakReference<ModelGeneration> reading = generation;
    if (reading != null && reading.refersTo(null) && !abandoned) {
      abandoned = true;
      stop(Stop.CANCELLED);
    }
  }

  /** Ends the answer. Only the first outcome counts. */
  void publish(Outcome outcome) {
    if (!state.publish()) {
      return;
    }
    try {
      run.onAnswerEnd(outcome);
    } catch (Throwable _) {
      // Reporting must not keep the answer from ending; the heap may be full.
    }
    switch (outcome) {
      case Outcome.Finished(GenerationResult result, InferenceException cutOff) ->
          LoggedWork.end(log, ended, result, cutOff);
      case Outcome.Failed(InferenceException failure) -> LoggedWork.end(log, ended, null, failure);
    }
    try {
      logOutcome(outcome);
    } catch (Throwable _) {
      // A log that throws must not keep the other answers of the run from ending.
    }
  }

  private void logOutcome(Outcome outcome) {
    String model = parts.handle().name();
    if (abandoned) {
      LOG.warn(
          "{}: a generation was canceled because the application no longer references it or one of"
              + " its readers, and never requested its result",
          model);
    }
    switch (outcome) {
      case Outcome.Finished(GenerationResult result, _) ->
          LOG.debug("{}: {}, {}", model, result.finishReason(), result.stats());
      case Outcome.Failed(InferenceException failure) ->
          LOG.warn("{}: {}", model, failure.getMessage());
    }
  }
}
