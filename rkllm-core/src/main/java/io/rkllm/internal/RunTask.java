package io.rkllm.internal;

import io.rkllm.ContextOverflowException;
import io.rkllm.RkllmException;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one native run, which answers one input or a batch of them: it waits in the model's
 * queue, runs, and ends, and may be stopped at any point of the way.
 *
 * <p>The model's thread moves it from WAITING to RUNNING and on to ENDED. A stop from any thread
 * moves it from WAITING straight to ENDED, or leaves its reason for the model's thread to find and
 * has the run aborted. Whoever makes the step to ENDED publishes the outcomes, so each is published
 * once. An answer of a batch that is stopped while others go on ends at once by itself; the last
 * one takes the run with it.
 */
final class RunTask implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger("io.rkllm.Generation");

  /**
   * How long a stopped run may take to come back from native code before its readers are no longer
   * kept waiting.
   */
  private static final Duration STOP_GRACE = Duration.ofSeconds(10);

  private enum Phase {
    WAITING,
    RUNNING,
    ENDED
  }

  private final ModelWorker worker;
  private final Turn turn;
  private final RunPlan plan;
  private final Leases leases;
  private final RunEvents events;
  private final Answer[] answers;
  private final AtomicInteger live; // answers that are still wanted
  private int goingOn; // answers that native code has not ended; touched inside callbacks
  private final RunRecorder recorder;
  private final Endings endings;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
  private final AtomicReference<@Nullable Stop> stop = new AtomicReference<>();
  private volatile @Nullable Throwable fault;
  private final AtomicInteger pausers = new AtomicInteger(); // who wait for it to pause
  private boolean flew; // used by the model's thread
  private volatile @Nullable PausedRun paused;

  // Made before they are needed: the heap may be full then.
  private final Ending neverBegan = this::neverBegan;
  private final Ending givenUp = this::givenUp;

  /**
   * @param answers how many inputs the turn has
   * @param leases on the memory of the inputs; released when native code no longer reads it
   */
  RunTask(ModelWorker worker, Turn turn, RunPlan plan, int answers, Leases leases) {
    this.worker = worker;
    this.turn = turn;
    this.plan = plan;
    this.leases = leases;
    this.events = new RunEvents(worker);
    this.live = new AtomicInteger(answers);
    this.goingOn = answers;
    this.answers =
        IntStream.range(0, answers).mapToObj(i -> new Answer(this, i, plan)).toArray(Answer[]::new);
    this.recorder = new RunRecorder(this, this.answers, plan.reader());
    this.endings = new Endings(worker, plan, recorder);
  }

  /** The answers, one an input. */
  List<Answer> answers() {
    return List.of(answers);
  }

  ModelWorker worker() {
    return worker;
  }

  // ---- Stopping, from any thread

  /** Sees to it that all answers end soon. The first reason counts. Does not block. */
  void stop(Stop reason) {
    if (phase.get() == Phase.ENDED || !stop.compareAndSet(null, reason)) {
      return;
    }
    events.stopped(reason);
    if (phase.compareAndSet(Phase.WAITING, Phase.ENDED)) {
      try {
        worker.queue().forget(this);
        leases.close();
      } finally {
        publish(neverBegan);
      }
    } else {
      try {
        abort();
      } finally {
        giveUpLater();
      }
    }
  }

  /** An answer was stopped: the run goes on for the others, if there are any. */
  void memberStopped(Answer answer, Stop reason) {
    if (!answer.leave()) {
      return; // native code has just ended it
    }
    if (live.decrementAndGet() > 0) {
      events.stopped(reason);
      endEarly(answer, new Answer.Settled(endings.reasonOf(answer, reason), true));
    } else {
      stop(reason);
    }
  }

  /** From inside a callback: native code has ended one answer of a batch. */
  void memberEnded(Answer answer) {
    if (answer.recorder().endedByRuntime()) {
      goingOn--;
    }
    if (answer.stopReason() != null || !answer.leave()) {
      return;
    }
    boolean last = live.decrementAndGet() == 0;
    boolean early = goingOn > 0;
    Answer.Settled settled = new Answer.Settled(endings.reasonOf(answer, null), early);
    if (!early) {
      answer.settle(settled); // the run ends now, and has figures for it
      return;
    }
    endEarly(answer, settled);
    if (last) {
      stop(Stop.CANCELLED); // those that go on are not wanted any more
    }
  }

  /** Ends an answer whose run goes on: soon, on the watcher's thread. */
  private void endEarly(Answer answer, Answer.Settled settled) {
    answer.settle(settled);
    try {
      worker
          .watcher()
          .execute(
              () -> {
                flush(answer);
                answer.publish(settledOutcome(answer, settled));
              });
    } catch (OutOfMemoryError _) {
      // no thread could be made for it: it ends when its run does, with the same outcome
    }
  }

  private Outcome settledOutcome(Answer answer, Answer.Settled settled) {
    return phase.get() == Phase.WAITING
        ? endings.neverBegan(answer.stopReason(), fault)
        : endings.settled(answer, settled);
  }

  boolean stopRequested() {
    return stop.get() != null;
  }

  /** Whether nothing came of it, although nobody stopped it and no error was reported. */
  boolean gaveNothing() {
    return recorder.gaveNothing() && !stopRequested();
  }

  /** From inside a callback: something was thrown there. */
  void faulted(Throwable thrown) {
    if (fault == null) {
      fault = thrown;
      stop(Stop.FAULT);
    }
  }

  /** Native code makes the run again: what it reported is forgotten. */
  void beginAgain() {
    recorder.forget();
  }

  /** Has the run aborted; also again, where native code goes on although it was told to stop. */
  void abort() {
    try {
      worker.aborter().execute(() -> worker.flight().abort(this));
    } catch (OutOfMemoryError noThread) {
      worker.flight().abortHere(this);
    }
  }

  private void giveUpLater() {
    try {
      alarm(this::giveUpOnNativeCode, STOP_GRACE);
    } catch (OutOfMemoryError _) {
      // no thread could be made for the alarm: the readers wait until native code comes back
    }
  }

  /** From inside a callback: native code is about to end the run by itself. */
  void landing() {
    worker.flight().land();
  }

  void startTimeout() {
    if (plan.timeout() != null) {
      alarm(() -> stop(Stop.TIMED_OUT), plan.timeout());
    }
  }

  private void alarm(Runnable action, Duration delay) {
    Runnable cancelAlarm = worker.watcher().schedule(action, delay);
    for (Answer answer : answers) {
      var _ =
          answer
              .ended()
              .whenComplete(
                  (result, thrown) -> {
                    if (allEnded()) {
                      cancelAlarm.run();
                    }
                  });
    }
  }

  private boolean allEnded() {
    for (Answer answer : answers) {
      if (!answer.ended().isDone()) {
        return false;
      }
    }
    return true;
  }

  private void giveUpOnNativeCode() {
    if (phase.compareAndSet(Phase.RUNNING, Phase.ENDED)) {
      publish(givenUp);
    }
  }

  private Outcome givenUp(Answer answer) {
    return stop.get() == Stop.TIMED_OUT
        ? endings.stopped(answer, Stop.TIMED_OUT)
        : Outcome.failed(
            "native code has not returned within "
                + STOP_GRACE.toSeconds()
                + " s after the generation was stopped. The model is busy until it does;"
                + " if it never does, end the process.",
            answer.text());
  }

  // ---- Pausing

  /**
   * Asks the run to pause at its next token.
   *
   * @throws IllegalStateException if it is a run that cannot be paused
   */
  void pause() {
    if (answers.length > 1) {
      throw new IllegalStateException(
          "a generation of a batch cannot be paused: the runtime pauses all or none");
    }
    if (!turn.standsAlone()) {
      throw new IllegalStateException(
          "a turn of a session cannot be paused; only what RkllmModel.generate() has started can");
    }
    pausers.incrementAndGet();
  }

  /** One who asked for a pause waits for it no longer; without others, nobody would end it. */
  void withdrawPause() {
    if (pausers.decrementAndGet() == 0) {
      var _ = answers[0].ended().whenComplete((result, thrown) -> abandonPause());
    }
  }

  private void abandonPause() {
    PausedRun unwanted = paused;
    if (unwanted != null && pausers.get() == 0) { // else somebody else wants it
      unwanted.close();
    }
  }

  boolean pauseRequested() {
    return pausers.get() > 0;
  }

  /** What goes on from here, once the answer has ended as paused. */
  @Nullable PausedRun paused() {
    return paused;
  }

  /** What a run that resumes this one inherits. */
  RunPlan plan() {
    return plan;
  }

  // ---- The run, on the model's thread

  /** Runs to the end. Whatever goes wrong is the outcome of the answers. */
  @Override
  public void run() {
    for (Answer answer : answers) {
      answer.stopIfAbandoned();
    }
    if (!phase.compareAndSet(Phase.WAITING, Phase.RUNNING)) {
      return; // stopped while it waited; whoever did it has published
    }
    Ending ending = null;
    Throwable failure = null;
    try {
      endings.started();
      events.started();
      ending = runTurn(worker.model());
    } catch (Throwable thrown) {
      failure = thrown; // no more than this: the heap may be full
    }
    try {
      leases.close();
    } finally {
      if (paused == null) {
        worker.queue().release(); // a pause keeps its place for what resumes it
      }
      if (phase.compareAndSet(Phase.RUNNING, Phase.ENDED)) {
        publish(ending, failure);
      }
    }
  }

  /** It was not queued after all. */
  void discard() {
    leases.close();
  }

  /** Whether native code was reached. */
  boolean flew() {
    return flew;
  }

  private Ending runTurn(NativeModel model) {
    RunRequest request;
    try {
      request = plan.applyTo(turn.begin(model));
      ContextFit fit = contextFit(request);
      endings.begins(request, fit);
      fit.refuseOverflow();
      worker.embeddingWidth().require(request, model, turn);
    } catch (ContextOverflowException overflow) {
      return _ -> new Outcome.Failed(overflow);
    } catch (Throwable thrown) {
      return _ -> Outcome.thrown("preparing the input", thrown, "");
    }
    Integer code = worker.flight().fly(this, request, recorder);
    if (code == null) {
      return neverBegan;
    }
    flew = true;
    events.returned(endings.returned());
    flushAnswers();
    if (recorder.paused() && code == 0 && !stopRequested()) {
      paused = worker.queue().pause(this);
      return endings::paused;
    }
    return afterwards(request, code, ending(code));
  }

  private ContextFit contextFit(RunRequest request) {
    boolean ownTokenizer = worker.config().tokenizer() != null;
    return ContextFit.of(request, ownTokenizer, history(request), worker.contextLength());
  }

  /** How much of the KV cache the run goes on from; null if it cannot be told. */
  private @Nullable Integer history(RunRequest request) {
    if (!request.keepHistory() && plan.alreadyGenerated() == 0) {
      return 0;
    }
    try {
      return worker.kvCacheSizes()[0];
    } catch (RkllmException e) {
      return null;
    }
  }

  private void flushAnswers() {
    if (phase.get() == Phase.RUNNING) { // the log of one that was given up on has ended
      for (Answer answer : answers) {
        flush(answer);
      }
    }
  }

  /** Also of an answer that has ended early: nothing is left of it then. */
  private static void flush(Answer answer) {
    synchronized (answer) {
      answer.recorder().flush();
    }
  }

  /** Tidies the cache and keeps the history. */
  private Ending afterwards(RunRequest request, int code, Ending ending) {
    Outcome first = ending.of(answers[0]);
    if (!request.keepHistory() && leavesCacheUnclear(code, ending)) {
      clearCache();
    }
    try {
      boolean told = phase.get() == Phase.RUNNING; // else its readers were told of a failure
      turn.end(told && first instanceof Outcome.Finished finished ? finished.result() : null);
    } catch (Throwable thrown) {
      return answer -> Outcome.thrown("keeping the history", thrown, answer.text());
    }
    return answers.length == 1 ? _ -> first : ending;
  }

  /**
   * Whether nobody knows what the run has left in the cache. An aborted run that native code
   * brought to its end leaves what an ordinary one does, and the next prompt reuses its prefix.
   */
  private boolean leavesCacheUnclear(int code, Ending ending) {
    if (code != 0 || recorder.errorReported() || recorder.pauseWasGranted()) {
      return true;
    }
    if (stopRequested()) {
      return !recorder.finished() || worker.clearsCacheAfterStop();
    }
    return Arrays.stream(answers).anyMatch(answer -> ending.of(answer) instanceof Outcome.Failed);
  }

  private void clearCache() {
    int code = worker.clearKvCache(true);
    if (code != 0) {
      LOG.warn(
          "{}: rkllm_clear_kv_cache returned {} after a stopped or failed run",
          worker.name(),
          code);
    }
  }

  // ---- Outcomes

  /** How each answer ended. */
  @FunctionalInterface
  private interface Ending {
    Outcome of(Answer answer);
  }

  private Outcome neverBegan(Answer answer) {
    return endings.neverBegan(reasonFor(answer), fault);
  }

  private Ending ending(int code) {
    Throwable thrown = fault;
    if (thrown instanceof ContextOverflowException overflow) {
      return _ -> new Outcome.Failed(overflow); // found where native code asks for tokens or rows
    }
    if (thrown != null) {
      return answer -> Outcome.thrown("a callback", thrown, answer.text());
    }
    return answer -> {
      Stop stopped = reasonFor(answer);
      return stopped != null ? endings.stopped(answer, stopped) : endings.ended(answer, code);
    };
  }

  /** From inside a callback: prefill is over. */
  void firstToken() {
    worker.callbacksComeHere();
    events.firstToken();
  }

  /** An answer is about to end with this. */
  void answerEnds(Outcome outcome) {
    events.ended(outcome);
  }

  private @Nullable Stop reasonFor(Answer answer) {
    Stop own = answer.stopReason();
    return own != null ? own : stop.get();
  }

  private void publish(Ending ending) {
    publish(ending, null);
  }

  /**
   * Ends all answers, also where the heap is full.
   *
   * @param ending null where there is none, because of the failure
   */
  private void publish(@Nullable Ending ending, @Nullable Throwable failure) {
    for (Answer answer : answers) {
      Outcome outcome;
      try {
        outcome = outcome(answer, ending, failure);
      } catch (Throwable thrown) {
        outcome = Outcome.lastResort(thrown);
      }
      answer.publish(outcome);
    }
  }

  private Outcome outcome(Answer answer, @Nullable Ending ending, @Nullable Throwable failure) {
    Answer.Settled settled = answer.settled();
    if (settled != null) {
      return settledOutcome(answer, settled);
    }
    return ending != null ? ending.of(answer) : Outcome.lastResort(failure);
  }
}
