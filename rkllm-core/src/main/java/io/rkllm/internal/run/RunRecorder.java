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
 * Writes down what native code reports of one run. Its methods are called on whichever thread
 * native code calls back on, one at a time; the model's thread reads the fields once the run has
 * returned. Logs nothing, and runs no user code but the reader of a forward pass.
 */
final class RunRecorder implements RunObserver {
  /**
   * After how many tokens it is looked again whether anybody can still read the answer: a look
   * takes half as long as all else that is done for a token.
   */
  private static final int ABANDONMENT_CHECK_INTERVAL = 16;

  private final Run run;
  private final ModelHandle handle;
  private final Answer[] answers;
  private final @Nullable ForwardReader<?> reader;

  private final int[] reported; // tokens of each answer, those included that nobody wanted any more
  private final boolean[] stopToken; // whether the last of each was the one that ends an answer
  private boolean paused;
  private boolean finished;
  private RunPerformance performance = RunPerformance.NONE;
  private boolean errorReported;
  private @Nullable String errorMessage;

  /** The run, as far as a recorder has to know it. All of it is called from inside callbacks. */
  interface Run {
    boolean stopRequested();

    /** Has the run aborted once more: native code goes on although it was told to stop. */
    void abort();

    boolean pauseRequested();

    /** Native code has ended one answer of a batch. */
    void memberEnded(Answer answer);

    /** Native code is about to end the run by itself. */
    void finishing();

    /** Something was thrown. */
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
      run.abort(); // an abort that came before the run's first step may have been forgotten
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
      synchronized (answer) { // one that is stopped is ended by another thread
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
   * Returns whether native code reported nothing that counts as an answer. That somebody has
   * stopped a member of the batch meanwhile is not a sign of one.
   */
  boolean producedNothing() {
    return !errorReported
        && (reader == null || !reader.wasCalled())
        && generatedNothing()
        && Arrays.stream(answers).noneMatch(answer -> answer.recorder().hasEnded());
  }

  /** The run is made again. */
  void reset() {
    finished = false;
    performance = RunPerformance.NONE;
    paused = false;
  }

  /**
   * Whether native code gave no sign of having answered this: neither a token nor that the answer
   * or the run has come to its end.
   */
  boolean reportedNothing(Answer answer) {
    return reported[answer.member()] == 0 && !finished && !answer.recorder().hasEnded();
  }

  /** Whether what a forward pass is made for has not come. */
  boolean outputIsMissing() {
    return reader != null && !reader.wasCalled();
  }

  /** Whether no token at all was generated. */
  boolean generatedNothing() {
    return Arrays.stream(reported).allMatch(tokens -> tokens == 0);
  }

  /**
   * How many generated tokens of an answer the KV cache holds, those included that came after a
   * stop. The token that ends the answer is not put into it.
   */
  int cached(int member) {
    return reported[member] - (stopToken[member] ? 1 : 0);
  }

  /** Whether native code was told to pause, whatever it made of it. */
  boolean pauseWasGranted() {
    return paused;
  }

  /** Whether the run was told to pause and did; a run that ends by itself says so. */
  boolean paused() {
    return paused && !finished;
  }

  /** Whether native code said that the run has come to its end. */
  boolean finished() {
    return finished;
  }

  /** The runtime's own figures, as they came. */
  RunPerformance performance() {
    return performance;
  }

  boolean errorReported() {
    return errorReported;
  }

  /** The runtime's words about its error, or an empty string. */
  String errorMessage() {
    return errorMessage == null ? "" : errorMessage.strip();
  }
}
