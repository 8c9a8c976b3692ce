package io.rkllm.host;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * A run in the host, whose events are passed to its observer. An exception of the observer fails
 * the run, as one in a native callback does. Used by the thread of the connection, and afterwards
 * by the one that waited for the run.
 */
final class RemoteRun {
  private final int number;
  private final int members;
  private final RunObserver observer;
  private boolean begun;
  private boolean pauseRequested;
  private boolean finished;

  /**
   * @param number identifies the run on its connection
   * @param members the number of inputs, also if it resumes a run and so has none of its own
   */
  RemoteRun(int number, int members, RunObserver observer) {
    this.number = number;
    this.members = members;
    this.observer = observer;
  }

  int number() {
    return number;
  }

  /** Returns whether the observer has been notified of anything. */
  boolean hasBegun() {
    return begun;
  }

  /**
   * Passes a token on.
   *
   * @return whether the run is to go on
   */
  boolean token(FromHost.Token token) {
    checkMember(token.member());
    byte[] utf8 = token.utf8();
    begun = true;
    try {
      return token.partial()
          ? observer.onPartialToken(token.member(), token.id(), utf8, utf8.length)
          : observer.onToken(token.member(), token.id(), utf8, utf8.length);
    } catch (Throwable thrown) {
      observer.onCallbackFailure(thrown);
      return true;
    }
  }

  /** Notes that a pause is to be requested. Returns whether it was not before. */
  boolean requestPause() {
    boolean first = !pauseRequested;
    pauseRequested = true;
    return first;
  }

  void memberEnd(int member) {
    checkMember(member);
    pass(to -> to.onMemberEnd(member));
  }

  /** Passes an output on, in memory that is valid only during the call. */
  void output(FromHost.Output output, MemorySegment values) {
    int member = output.member();
    pass(
        to -> {
          if (output.logits()) {
            to.onLogits(member, new Logits(values, output.rows(), output.width()));
          } else {
            to.onHiddenStates(member, new HiddenStates(values, output.rows(), output.width()));
          }
        });
  }

  void finish(RunPerformance performance) {
    finished = true;
    pass(to -> to.onFinish(performance));
  }

  void error(FromHost.RunError error) {
    pass(to -> to.onError(error.message()));
  }

  void callbackFailed(Throwable thrown) {
    pass(to -> to.onCallbackFailure(thrown));
  }

  /** Notes the return of the run. */
  void returned(FromHost.Returned returned) {
    if (pauseRequested && !returned.paused() && returned.code() == 0 && !finished) {
      observer.onFinish(RunPerformance.NONE); // it ended before the pause could take effect
    }
  }

  private void pass(Consumer<RunObserver> event) {
    begun = true;
    try {
      event.accept(observer);
    } catch (Throwable thrown) {
      observer.onCallbackFailure(thrown);
    }
  }

  void checkMember(int member) {
    if (member < 0 || member >= members) {
      throw new MalformedFrameException("an event of input " + member + ", which does not exist");
    }
  }
}
