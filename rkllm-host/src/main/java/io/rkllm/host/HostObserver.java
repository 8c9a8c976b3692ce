package io.rkllm.host;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.host.HostSession.FunctionFailedException;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sends the events of one run to the application. Native code waits only if the application has
 * asked for a pause, or reads an output. If the connection has ended, the process is about to.
 */
final class HostObserver implements RunObserver {
  private final HostSession session;
  private final FrameWriter tokens = new FrameWriter(); // used inside callbacks
  private volatile boolean pausing;
  private volatile boolean paused;

  HostObserver(HostSession session) {
    this.session = session;
  }

  /** Makes native code wait after each token for the decision to pause. */
  void pause() {
    pausing = true;
  }

  /** Returns whether native code was requested to pause. */
  boolean hasPaused() {
    return paused;
  }

  @Override
  public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
    return token(member, tokenId, utf8, length, false);
  }

  @Override
  public boolean onPartialToken(int member, int tokenId, byte[] utf8, int length) {
    return token(member, tokenId, utf8, length, true);
  }

  private boolean token(int member, int id, byte[] utf8, int length, boolean partial) {
    if (pausing) {
      FromHost.Token token =
          new FromHost.Token(member, id, partial, true, Arrays.copyOf(utf8, length));
      boolean proceed = session.ask(token, null, ToHost.Proceed.class).proceed();
      paused = !proceed;
      return proceed;
    }
    FromHost.writeToken(tokens, member, id, partial, false, utf8, length);
    try {
      session.send(tokens);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return true;
  }

  @Override
  public void onMemberEnd(int member) {
    send(new FromHost.MemberEnd(member));
  }

  @Override
  public void onLogits(int member, Logits logits) {
    output(true, member, logits.rows(), logits.vocabularySize(), logits.segment());
  }

  @Override
  public void onHiddenStates(int member, HiddenStates states) {
    output(false, member, states.rows(), states.width(), states.segment());
  }

  private void output(boolean logits, int member, int rows, int width, MemorySegment values) {
    boolean shared = session.share(values);
    var output = new FromHost.Output(logits, member, rows, width, shared);
    ToHost.OutputRead _ = session.ask(output, shared ? null : values, ToHost.OutputRead.class);
  }

  @Override
  public void onFinish(RunPerformance performance) {
    try {
      session.closeToAborts();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    send(new FromHost.Finish(performance));
  }

  @Override
  public void onError(@Nullable String message) {
    send(new FromHost.RunError(message));
  }

  @Override
  public void onCallbackFailure(Throwable thrown) {
    if (!(thrown instanceof FunctionFailedException)) {
      send(new FromHost.CallbackFailure(Failure.of(thrown)));
    }
  }

  private void send(FromHost message) {
    try {
      session.send(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
