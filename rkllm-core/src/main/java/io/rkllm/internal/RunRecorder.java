package io.rkllm.internal;

import io.rkllm.Token;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what native code reports of one run. Its methods are called on whichever thread
 * native code calls back on, one at a time; the model's thread reads the fields once the run has
 * returned. Logs nothing and runs no user code.
 */
final class RunRecorder implements RunObserver {
  private final GenerationTask task;
  private final TokenLog log;
  private final Utf8Decoder decoder = new Utf8Decoder();

  private int generated;
  private long firstTokenAt;
  private @Nullable RunPerformance performance;
  private boolean errorReported;
  private @Nullable String errorMessage;

  RunRecorder(GenerationTask task, TokenLog log) {
    this.task = task;
    this.log = log;
  }

  @Override
  public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
    if (task.stopRequested()) {
      task.abort(); // an abort that came before the run's first step may have been forgotten
      return true;
    }
    if (generated++ == 0) {
      firstTokenAt = System.nanoTime();
    }
    log.append(new Token(tokenId, decoder.decode(utf8, length)));
    return true;
  }

  @Override
  public void onMemberEnd(int member) {}

  @Override
  public void onLogits(int member, Logits logits) {}

  @Override
  public void onHiddenStates(int member, HiddenStates states) {}

  @Override
  public void onFinish(RunPerformance performance) {
    this.performance = performance;
    task.landing();
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
    task.faulted(thrown);
  }

  /** The run has returned: what is left of an unfinished character becomes U+FFFD. */
  void flush() {
    String rest = decoder.flush();
    if (!rest.isEmpty()) {
      log.append(new Token(Token.NO_ID, rest));
    }
  }

  /** How many tokens came. */
  int generated() {
    return generated;
  }

  /** When the first token came, by {@link System#nanoTime}; {@code otherwise} if none did. */
  long firstTokenAt(long otherwise) {
    return generated > 0 ? firstTokenAt : otherwise;
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
