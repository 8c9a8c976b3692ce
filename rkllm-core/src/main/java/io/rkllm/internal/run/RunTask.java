package io.rkllm.internal.run;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.ModelClosedException;
import io.rkllm.PausedGeneration;
import io.rkllm.internal.event.RunEvents;
import io.rkllm.internal.handle.Leases;
import io.rkllm.internal.queue.Job;
import io.rkllm.internal.thread.FullHeap;
import io.rkllm.internal.thread.OnDemandThread;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A native run, which answers one input or a batch of them. It waits in the model's queue, runs and
 * ends, and may be stopped at any time. {@link RunState} has its states; {@link NativeRun} is the
 * part that takes place on the model's thread.
 *
 * <p>If an answer of a batch is stopped while others continue, it ends immediately. Stopping the
 * last one stops the run.
 */
public final class RunTask implements Job, RunGate.Entrant, RunRecorder.Run, Answer.Run {
  private final ModelParts parts;
  private final OnDemandThread watcher;
  private final Turn turn;
  private final RunPlan plan;
  private final Leases leases;
  private final RunEvents events;
  private final RunState state = new RunState();
  private final Answer[] answers;
  private final AtomicInteger wanted; // answers that have not been detached
  private int unfinished; // answers that native code has not ended; used inside callbacks
  private final RunRecorder recorder;
  private final Endings endings;
  private final AtomicInteger pausers =
      new AtomicInteger(); // number of threads waiting for a pause
  private volatile @Nullable PausedRun paused;
  private boolean reachedNativeCode; // used by the model's thread

  // Preallocated, because the heap may be full when they are needed.
  private final NativeRun.Ending neverBegan = this::neverBegan;
  private final NativeRun.Ending givenUp = this::givenUp;

  /**
   * @param answers the number of inputs of the turn
   * @param leases keep the memory of the inputs open; released when native code no longer reads it
   */
  public RunTask(ModelParts parts, Turn turn, RunPlan plan, int answers, Leases leases) {
    this.parts = parts;
    this.watcher = parts.threads().watcher();
    this.turn = turn;
    this.plan = plan;
    this.leases = leases;
    this.events = parts.events().nextRun(plan.kind());
    this.wanted = new AtomicInteger(answers);
    this.unfinished = answers;
    this.answers =
        IntStream.range(0, answers)
            .mapToObj(member -> new Answer(this, parts, member, plan))
            .toArray(Answer[]::new);
    this.recorder = new RunRecorder(this, parts.handle(), this.answers, plan.reader());
    this.endings = new Endings(parts.handle(), plan, recorder);
  }

  /** Returns the answers, one for each input. */
  public List<Answer> answers() {
    return List.of(answers);
  }

  /** Returns the plan, which is inherited by a run that resumes this one. */
  RunPlan plan() {
    return plan;
  }

  // ---- Waiting

  /**
   * Queues the run.
   *
   * @throws io.rkllm.ModelBusyException if the queue is full
   * @throws ModelClosedException if the model is closed
   */
  public void submit() {
    try {
      parts.queue().add(this);
    } catch (Throwable refused) {
      leases.close();
      throw refused;
    }
    queued();
  }

  /**
   * Called when the run has been queued. From then on its end is always reported like that of a
   * generation.
   */
  public void queued() {
    try {
      if (!parts.queue().isOpen()) {
        onModelClose(); // onModelClose() may not have seen the run
      }
      if (plan.timeout() != null) {
        alarm(() -> stop(Stop.TIMED_OUT), plan.timeout());
      }
    } catch (Throwable thrown) {
      fail(thrown); // no thread for the timeout; the caller never receives the generation
      throw thrown;
    }
  }

  private void alarm(Runnable action, Duration delay) {
    Runnable cancelAlarm = watcher.schedule(action, delay);
    for (Answer answer : answers) {
      var _ =
          answer
              .ended()
              .whenComplete(
                  (result, thrown) -> {
                    if (Arrays.stream(answers).allMatch(each -> each.ended().isDone())) {
                      cancelAlarm.run();
                    }
                  });
    }
  }

  // ---- Stopping, from any thread

  @Override
  public void onModelClose() {
    stop(Stop.MODEL_CLOSED);
  }

  /** Requests that all answers end soon. Only the first reason counts. Does not block. */
  private void stop(Stop reason) {
    RunState.Phase now = state.stop(reason);
    if (now == null) {
      return;
    }
    reportStopped(reason);
    if (now == RunState.Phase.ENDED) {
      try {
        parts.queue().remove(this);
        leases.close();
      } finally {
        publish(neverBegan, null);
      }
    } else {
      try {
        abort();
      } finally {
        giveUpLater();
      }
    }
  }

  private Outcome neverBegan(Answer answer) {
    Stop own = answer.state().stopReason();
    return endings.neverBegan(own != null ? own : state.stopReason(), state.failure());
  }

  /** Reports a stop, unless it is one at a limit of the SDK, which is a normal end. */
  private void reportStopped(Stop reason) {
    if (reason != Stop.STOP_SEQUENCE && reason != Stop.TOKEN_LIMIT) {
      events.stopped(reason.name());
    }
  }

  private void giveUpLater() {
    try {
      alarm(this::giveUpOnNativeCode, parts.stopGrace());
    } catch (OutOfMemoryError _) {
      // There is no thread for the alarm; the readers wait until native code returns.
    }
  }

  private void giveUpOnNativeCode() {
    if (state.end()) {
      publish(givenUp, null);
    }
  }

  private Outcome givenUp(Answer answer) {
    return switch (state.stopReason()) {
      case TIMED_OUT -> endings.stopped(answer, Stop.TIMED_OUT);
      case MODEL_CLOSED ->
          new Outcome.Failed(
              new ModelClosedException(
                  "the model was closed, and native code has not returned from this generation",
                  answer.text()));
      case null, default ->
          Outcome.failed(
              endings.function(),
              "native code has not returned within "
                  + parts.stopGrace().toSeconds()
                  + " s after the generation was stopped. The model is busy until it does;"
                  + " if it never does, end the process.",
              answer.text());
    };
  }

  @Override
  public void fail(Throwable thrown) {
    if (state.fail(thrown)) {
      stop(Stop.FAILURE);
    }
  }

  @Override
  public void abort() {
    try {
      parts.threads().aborter().execute(() -> parts.gate().abort(this));
    } catch (OutOfMemoryError noThread) {
      parts.gate().abortHere(this);
    }
  }

  @Override
  public boolean stopRequested() {
    return state.stopReason() != null;
  }

  // ---- Single answers of a batch

  @Override
  public void memberStopped(Answer answer, Stop reason) {
    if (!answer.state().detach()) {
      return; // native code has just ended it
    }
    if (wanted.decrementAndGet() > 0) {
      reportStopped(reason);
      endEarly(answer, new AnswerState.Completion(endings.reasonOf(answer, reason), true));
    } else {
      stop(reason);
    }
  }

  @Override
  public void memberEnded(Answer answer) {
    if (answer.recorder().endedByRuntime()) {
      unfinished--;
    }
    if (answer.state().stopReason() != null || !answer.state().detach()) {
      return;
    }
    boolean last = wanted.decrementAndGet() == 0;
    boolean early = unfinished > 0;
    var completion = new AnswerState.Completion(endings.reasonOf(answer, null), early);
    if (!early) {
      answer.state().complete(completion); // the run ends now and has measurements for it
      return;
    }
    endEarly(answer, completion);
    if (last) {
      stop(Stop.CANCELLED); // the remaining answers are no longer wanted
    }
  }

  /** Ends an answer whose run continues, soon, on the watcher's thread. */
  private void endEarly(Answer answer, AnswerState.Completion completion) {
    answer.state().complete(completion);
    try {
      watcher.execute(
          () -> {
            answer.flush();
            answer.publish(completedOutcome(answer, completion));
          });
    } catch (OutOfMemoryError _) {
      // There is no thread for it; the answer ends with its run, with the same outcome.
    }
  }

  private Outcome completedOutcome(Answer answer, AnswerState.Completion completion) {
    return state.hasBegun()
        ? endings.completed(answer, completion)
        : endings.neverBegan(answer.state().stopReason(), state.failure());
  }

  // ---- Pausing

  @Override
  public void pause() {
    if (answers.length > 1) {
      throw new IllegalStateException(
          "a generation of a batch cannot be paused: the runtime pauses all or none");
    }
    if (!turn.isStandalone()) {
      throw new IllegalStateException(
          "a turn of a session cannot be paused; only what RkllmModel.generate() has started can");
    }
    pausers.incrementAndGet();
  }

  @Override
  public void withdrawPause() {
    if (pausers.decrementAndGet() == 0) {
      var _ = answers[0].ended().whenComplete((result, thrown) -> abandonPause());
    }
  }

  private void abandonPause() {
    PausedRun unwanted = paused;
    while (unwanted != null && pausers.get() == 0) { // otherwise another thread wants the pause
      try {
        unwanted.close();
        return;
      } catch (OutOfMemoryError _) { // nothing else would end the pause
        FullHeap.pause();
      }
    }
  }

  @Override
  public boolean pauseRequested() {
    return pausers.get() > 0;
  }

  @Override
  public @Nullable PausedGeneration paused() {
    return paused;
  }

  // ---- The run, on the model's thread

  /** Performs the run. Exceptions become the outcome of the answers. */
  @Override
  public void run() {
    stopAbandoned();
    if (!state.begin()) {
      return; // stopped while waiting; the stopping thread has published the outcomes
    }
    NativeRun.Ending ending = null;
    Throwable failure = null;
    try {
      endings.started();
      events.started();
      ending = runNatively();
    } catch (Throwable thrown) {
      failure = thrown; // nothing else, because the heap may be full
    }
    try {
      leases.close();
    } finally {
      if (paused == null) {
        parts.queue().release(); // a paused run keeps its place for the run that resumes it
      }
      if (state.end()) {
        publish(ending, failure);
      }
    }
  }

  private void stopAbandoned() {
    try {
      for (Answer answer : answers) {
        answer.stopIfAbandoned();
      }
    } catch (Throwable _) {
      // The heap may be full. The run is made although it is no longer read.
    }
  }

  private NativeRun.Ending runNatively() {
    NativeRun.Result result =
        new NativeRun(parts, state, turn, plan, answers, recorder, endings, events).run(this);
    reachedNativeCode = result.reached();
    if (result.paused()) {
      paused = PausedRun.begin(parts, this);
    }
    return result.ending();
  }

  /** Returns whether native code was called. */
  boolean reachedNativeCode() {
    return reachedNativeCode;
  }

  @Override
  public boolean mayBegin() {
    return !stopRequested() && parts.queue().isOpen();
  }

  @Override
  public boolean hasEnded() {
    return state.hasEnded();
  }

  @Override
  public boolean producedNothing() {
    return recorder.producedNothing() && !stopRequested();
  }

  @Override
  public void restart() {
    recorder.reset();
  }

  @Override
  public void firstToken() {
    parts.threads().markCallbackThread();
    events.firstToken();
  }

  @Override
  public void finishing() {
    parts.gate().closeToAborts();
  }

  // ---- Outcomes

  @Override
  public void onAnswerEnd(Outcome outcome) {
    switch (outcome) {
      case Outcome.Finished(GenerationResult result, _) -> events.ended(result);
      case Outcome.Failed(InferenceException failure) -> events.failed(failure);
    }
  }

  /**
   * Ends all answers, even if the heap is full.
   *
   * @param ending null if there is none because of the failure
   */
  private void publish(NativeRun.@Nullable Ending ending, @Nullable Throwable failure) {
    for (Answer answer : answers) {
      Outcome outcome;
      try {
        outcome = outcome(answer, ending, failure);
      } catch (Throwable thrown) {
        outcome = Outcome.lastResort(endings.function(), thrown);
      }
      answer.publish(outcome);
    }
  }

  private Outcome outcome(
      Answer answer, NativeRun.@Nullable Ending ending, @Nullable Throwable failure) {
    AnswerState.Completion completion = answer.state().completion();
    if (completion != null) {
      return completedOutcome(answer, completion);
    }
    return ending != null ? ending.of(answer) : Outcome.lastResort(endings.function(), failure);
  }
}
