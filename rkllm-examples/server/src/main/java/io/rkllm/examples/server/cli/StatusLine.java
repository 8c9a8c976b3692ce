package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import java.time.Duration;
import java.util.function.LongFunction;

/** A line on the terminal that says how long something takes already, until it is closed. */
final class StatusLine implements AutoCloseable {
  private static final Duration PACE = Duration.ofMillis(250);

  private final Terminal terminal;
  private final Thread thread;

  private StatusLine(Terminal terminal, LongFunction<String> words) {
    this.terminal = terminal;
    thread = Thread.ofPlatform().daemon().name("status-line").unstarted(() -> repeat(words));
  }

  /**
   * Shows one; nothing where there is no terminal.
   *
   * @param words what it says after so many seconds
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
        Thread.sleep(PACE); // what is quick needs no line
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
