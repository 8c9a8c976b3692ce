package io.rkllm.internal;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what native code reports of one run. Its methods are called on whichever thread
 * native code calls back on, one at a time; the model's thread reads the fields once the run has
 * returned. Logs nothing, and runs no user code but the reader of a forward pass.
 */
final class RunRecorder implements RunObserver {
  private final RunTask run;
  private final Answer[] answers;
  private final @Nullable ForwardReader<?> reader;

  private final int[] reported; // tokens of each answer, those included that nobody wanted any more
  private boolean paused;
  private @Nullable RunPerformance performance;
  private boolean errorReported;
  private @Nullable String errorMessage;

  RunRecorder(RunTask run, Answer[] answers, @Nullable ForwardReader<?> reader) {
    this.run = run;
    this.answers = answers;
    this.reader = reader;
    this.reported = new int[answers.length];
  }

  @Override
  public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
    reported[member]++;
    if (run.stopRequested()) {
      run.abort(); // an abort that came before the run's first step may have been forgotten
      return true;
    }
    Answer answer = answers[member];
    if (answers.length == 1) {
      record(answer, tokenId, utf8, length);
    } else {
      synchronized (answer) { // one that is stopped is ended by another thread
        record(answer, tokenId, utf8, length);
      }
    }
    if (run.pauseRequested() && !run.stopRequested() && answer.recorder().isWhole()) {
      paused = true;
      return false;
    }
    return true;
  }

  private static void record(Answer answer, int tokenId, byte[] utf8, int length) {
    if (answer.stopReason() == null && !answer.recorder().hasEnded()) {
      answer.recorder().onToken(tokenId, utf8, length);
    }
  }

  @Override
  public void onMemberEnd(int member) {
    if (answers.length > 1) { // a run of one ends when native code returns
      run.memberEnded(answers[member]);
    }
  }

  @Override
  public void onLogits(int member, Logits logits) {
    if (reader != null && !run.stopRequested()) {
      reader.read(logits);
    }
  }

  @Override
  public void onHiddenStates(int member, HiddenStates states) {
    run.worker().embeddingWidth().learn(states.width());
    if (reader != null && !run.stopRequested()) {
      reader.read(states);
    }
  }

  @Override
  public void onFinish(RunPerformance performance) {
    this.performance = performance;
    run.landing();
  }

  @Override
  public void onError(@Nullable String message) {
    errorReported = true;
    if (message != null) {
      errorMessage = message;
    }
  }

  @Override
  public void onFault(Throwable thrown) {
    run.faulted(thrown);
  }

  /** Whether native code reported anything that counts as an answer. */
  boolean gaveNothing() {
    if (errorReported || (reader != null && reader.wasCalled())) {
      return false;
    }
    for (Answer answer : answers) {
      if (answer.recorder().generated() > 0 || answer.settled() != null) {
        return false;
      }
    }
    return true;
  }

  /** The run is made again. */
  void forget() {
    performance = null;
    paused = false;
  }

  /** How many tokens native code generated for an answer, also after it was stopped. */
  int reported(int member) {
    return reported[member];
  }

  /** Whether native code was told to pause, whatever it made of it. */
  boolean pauseWasGranted() {
    return paused;
  }

  /** Whether the run was told to pause and did; a run that ends by itself reports its figures. */
  boolean paused() {
    return paused && performance == null;
  }

  /** The runtime's own figures, if it gave any. */
  @Nullable RunPerformance performance() {
    return performance;
  }

  boolean errorReported() {
    return errorReported;
  }

  /** The runtime's words about its error, or an empty string. */
  String errorWords() {
    return errorMessage == null ? "" : errorMessage.strip();
  }
}
