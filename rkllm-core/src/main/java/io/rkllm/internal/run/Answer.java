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
 * Holds what a run makes of one of its inputs: its tokens, and how it ends. A stop from any thread
 * only leaves its reason here; the run decides what follows.
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
   * The generation that applications read. All its readers and those who wait for its result refer
   * to it, so once it is gone, nobody can ask for a token any more.
   */
  private volatile @Nullable WeakReference<ModelGeneration> generation;

  private volatile boolean abandoned;

  /** The run that an answer belongs to. */
  interface Run {
    /** An answer was stopped: the run goes on for the others, if there are any. */
    void memberStopped(Answer answer, Stop reason);

    /** From inside a callback: prefill is over. */
    void firstToken();

    /** An answer is about to end with this. */
    void onAnswerEnd(Outcome outcome);

    /** The readers of an answer cannot be served any more. */
    void fail(Throwable thrown);

    /**
     * Asks the run to pause at its next token.
     *
     * @throws IllegalStateException if it cannot be paused
     */
    void pause();

    /** Takes back a {@link #pause}: whoever asked for it does not wait any more. */
    void withdrawPause();

    /** Returns what goes on from here, once the answer has ended as paused; else null. */
    @Nullable PausedGeneration paused();
  }

  /**
   * @param member which input of the run it answers, from 0
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

  /** Returns which input of the run it answers, from 0. */
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
   * that ends it, so it is not handed to applications.
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

  /** Shows what was held back, of an unfinished character or a stop sequence that did not come. */
  synchronized void flush() {
    recorder.flush();
  }

  /** Requests that it end soon. The first reason counts. Does not block. */
  public void stop(Stop reason) {
    if (state.stop(reason)) {
      run.memberStopped(this, reason);
    }
  }

  /** Sets what applications read it through. */
  void readThrough(ModelGeneration reading) {
    generation = new WeakReference<>(reading);
  }

  /** Cancels it if nobody can read it any more. The garbage collector decides when that shows. */
  void stopIfAbandoned() {
    WeakReference<ModelGeneration> reading = generation;
    if (reading != null && reading.refersTo(null) && !abandoned) {
      abandoned = true;
      stop(Stop.CANCELLED);
    }
  }

  /** Ends it; only the first outcome counts. */
  void publish(Outcome outcome) {
    if (!state.publish()) {
      return;
    }
    try {
      run.onAnswerEnd(outcome);
    } catch (Throwable _) {
      // telling of it must not keep it from ending; the heap may be full
    }
    switch (outcome) {
      case Outcome.Finished(GenerationResult result) -> LoggedWork.end(log, ended, result, null);
      case Outcome.Failed(InferenceException failure) -> LoggedWork.end(log, ended, null, failure);
    }
    try {
      logOutcome(outcome);
    } catch (Throwable _) {
      // nor may a log that throws keep the other answers of the run from ending
    }
  }

  private void logOutcome(Outcome outcome) {
    String model = parts.handle().name();
    if (abandoned) {
      LOG.warn(
          "{}: a generation was cancelled, because the application refers neither to it nor to a"
              + " reader of it and did not ask for its result",
          model);
    }
    switch (outcome) {
      case Outcome.Finished(GenerationResult result) ->
          LOG.debug("{}: {}, {}", model, result.finishReason(), result.stats());
      case Outcome.Failed(InferenceException failure) ->
          LOG.warn("{}: {}", model, failure.getMessage());
    }
  }
}
