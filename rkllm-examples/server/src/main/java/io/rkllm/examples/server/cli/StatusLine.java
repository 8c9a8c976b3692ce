package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import java.time.Duration;
import java.util.function.LongFunction;

/** A line on the terminal that displays the elapsed time of an operation, until it is closed. */
final class StatusLine implements AutoCloseable {
  private static final Duration PACE = Duration.ofMillis(250);

  private final Terminal terminal;
  private final Thread thread;

  private StatusLine(Terminal terminal, LongFunction<String> words) {
    this.terminal = terminal;
    thread = Thread.ofPlatform().daemon().name("status-line").unstarted(() -> repeat(words));
  }

  /**
   * Displays a status line on a terminal. Has no effect elsewhere.
   *
   * @param words returns the text for the number of seconds elapsed
   */
  static StatusLine show(Terminal terminal, LongFunction<String> words) {
    StatusLine line = new StatusLine(terminal, words);
    if (terminal.errorsAreOnTerminal()) {
      line.thread.start();
    }
    return line;
  }

  private void repeat(LongFunction<String> words) {
    long begin = System.nanoTime();
    try {
      while (true) {
        Thread.sleep(PACE); // short operations need no status line
        terminal.status(words.apply(Duration.ofNanos(System.nanoTime() - begin).toSeconds()));
      }
    } catch (InterruptedException e) {
      terminal.status("");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
