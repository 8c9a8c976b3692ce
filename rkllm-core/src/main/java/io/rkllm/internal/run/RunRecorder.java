package io.rkllm.internal.run;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.internal.forward.ForwardReader;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Records what native code reports about one run. Its methods are called one at a time, on the
 * thread that native code calls back on. The model's thread reads the fields after the run has
 * returned. Logs nothing, and runs no user code except the reader of a forward pass.
 */
final class RunRecorder implements RunObserver {
  /**
   * The number of tokens after which the recorder checks again whether the answer can still be
   * read. A check takes half as long as all other work for a token.
   */
  private static final int ABANDONMENT_CHECK_INTERVAL = 16;

  private final Run run;
  private final ModelHandle handle;
  private final Answer[] answers;
  private final @Nullable ForwardReader<?> reader;

  private final int[]
      reported; // number of tokens of each answer, including those after it was stopped
  private final boolean[]
      stopToken; // whether the last token of each was the one that ends an answer
  private boolean paused;
  private boolean finished;
  private RunPerformance performance = RunPerformance.NONE;
  private boolean errorReported;
  private @Nullable String errorMessage;

  /** The operations of a run that the recorder needs, all of which are called inside callbacks. */
  interface Run {
    boolean stopRequested();

    /** Aborts the run again, because native code continues although it was requested to stop. */
    void abort();

    boolean pauseRequested();

    /** Called when native code has ended one answer of a batch. */
    void memberEnded(Answer answer);

    /** Called when native code is about to end the run by itself. */
    void finishing();

    /** Called when an exception was thrown. */
    void fail(Throwable thrown);
  }

  RunRecorder(Run run, ModelHandle handle, Answer[] answers, @Nullable ForwardReader<?> reader) {
    this.run = run;
    this.handle = handle;
    this.answers = answers;
    this.reader = reader;
    this.reported = new int[answers.length];
    this.stopToken = new boolean[answers.length];
  }

  @Override
  public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
    return token(member, tokenId, utf8, length, false);
  }

  @Override
  public boolean onPartialToken(int member, int tokenId, byte[] utf8, int length) {
    return token(member, tokenId, utf8, length, true);
  }

  private boolean token(int member, int tokenId, byte[] utf8, int length, boolean partial) {
    reported[member]++;
    stopToken[member] = length == 0 && !partial && handle.endsByToken();
    if (run.stopRequested()) {
      run.abort(); // an abort before the run's first step may have been lost
      return true;
    }
    Answer answer = answers[member];
    if (reported[member] < ABANDONMENT_CHECK_INTERVAL
        || reported[member] % ABANDONMENT_CHECK_INTERVAL == 0) {
      answer.stopIfAbandoned();
    }
    if (answers.length == 1) {
      record(answer, tokenId, utf8, length, partial);
    } else {
      synchronized (answer) { // a stopped answer is ended by another thread
        record(answer, tokenId, utf8, length, partial);
      }
    }
    if (run.pauseRequested() && !run.stopRequested() && answer.recorder().canPause()) {
      paused = true;
      return false;
    }
    return true;
  }

  private static void record(Answer answer, int tokenId, byte[] utf8, int length, boolean partial) {
    if (answer.state().stopReason() == null && !answer.recorder().hasEnded()) {
      answer.recorder().onToken(tokenId, utf8, length, partial);
    }
  }

  @Override
  public void onMemberEnd(int member) {
    if (answers.length > 1) { // a run with one answer ends when native code returns
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
    handle.embeddingWidth().learn(states.width());
    if (reader != null && !run.stopRequested()) {
      reader.read(states);
    }
  }

  @Override
  public void onFinish(RunPerformance performance) {
    finished = true;
    this.performance = performance;
    run.finishing();
  }

  @Override
  public void onError(@Nullable String message) {
    errorReported = true;
    if (message != null) {
      errorMessage = message;
    }
  }

  @Override
  public void onCallbackFailure(Throwable thrown) {
    run.fail(thrown);
  }

  /**
   * Returns whether native code reported nothing that counts as an answer. A member of a batch that
   * was stopped does not count as one.
   */
  boolean producedNothing() {
    return !errorReported
        && (reader == null || !reader.wasCalled())
        && generatedNothing()
        && Arrays.stream(answers).noneMatch(answer -> answer.recorder().hasEnded());
  }

  /** Discards all records, because the run is repeated. */
  void reset() {
    finished = false;
    performance = RunPerformance.NONE;
    paused = false;
  }

  /**
   * Returns whether native code gave no indication of having processed this input: no token, and
   * neither the end of the answer nor that of the run.
   */
  boolean reportedNothing(Answer answer) {
    return reported[answer.member()] == 0 && !finished && !answer.recorder().hasEnded();
  }

  /** Returns whether a forward pass produced no output. */
  boolean outputIsMissing() {
    return reader != null && !reader.wasCalled();
  }

  /** Returns whether no token was generated. */
  boolean generatedNothing() {
    return Arrays.stream(reported).allMatch(tokens -> tokens == 0);
  }

  /**
   * Returns the number of generated tokens of an answer that are in the KV cache, including those
   * after a stop. The token that ends the answer is not put into the cache.
   */
  int cached(int member) {
    return reported[member] - (stopToken[member] ? 1 : 0);
  }

  /** Returns whether native code was requested to pause, whether or not it did. */
  boolean pauseWasGranted() {
    return paused;
  }

  /**
   * Returns whether the run was requested to pause and did. A run that ends by itself reports its
   * end.
   */
  boolean paused() {
    return paused && !finished;
  }

  /** Returns whether native code reported the end of the run. */
  boolean finished() {
    return finished;
  }

  /** Returns the runtime's measurements, unchanged. */
  RunPerformance performance() {
    return performance;
  }

  boolean errorReported() {
    return errorReported;
  }

  /** Returns the runtime's error message, or an empty string. */
  String errorMessage() {
    return errorMessage == null ? "" : errorMessage.strip();
  }
}
