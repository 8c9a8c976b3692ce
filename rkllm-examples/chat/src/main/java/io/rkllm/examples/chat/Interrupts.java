package io.rkllm.examples.chat;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What signals do: Ctrl-C (SIGINT) stops the answer under way; where there is none, or when it is
 * stopping already, it ends the program. SIGTERM and SIGHUP always do. Each signal is handled on a
 * thread of its own.
 */
public final class Interrupts {
  // How shells count an end by a signal: 128 and its number.
  private static final int BY_HANGUP = 129;
  private static final int BY_INTERRUPT = 130;

  /** By SIGTERM. */
  public static final int BY_TERMINATION = 143;

  /** How long the models may take to close when the program ends; native code can hang. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Terminal terminal;
  private final boolean stopsAnswers;
  private @Nullable Runnable stop; // of the answer under way; guarded by this
  private boolean stopping; // guarded by this

  private Interrupts(Terminal terminal, boolean stopsAnswers) {
    this.terminal = terminal;
    this.stopsAnswers = stopsAnswers;
  }

  /**
   * Handles the signals from now on; one that the program was started to ignore stays ignored.
   *
   * @param stopsAnswers whether Ctrl-C stops answers; otherwise it always ends the program
   */
  public static Interrupts install(Terminal terminal, boolean stopsAnswers) {
    Interrupts interrupts = new Interrupts(terminal, stopsAnswers);
    Signals.handle("INT", interrupts::interrupted);
    Signals.handle("HUP", () -> interrupts.leave(BY_HANGUP));
    Signals.handle("TERM", () -> interrupts.leave(BY_TERMINATION));
    return interrupts;
  }

  /**
   * Begins an answer. A Ctrl-C that comes meanwhile waits for it, and then stops it.
   *
   * @param cancel stops it soon, and does not block
   */
  public synchronized <T> T begin(Supplier<T> generate, Consumer<T> cancel) {
    T begun = generate.get();
    stop = () -> cancel.accept(begun);
    stopping = false;
    return begun;
  }

  /** The answer has ended. */
  public synchronized void ended() {
    stop = null;
  }

  private void interrupted() {
    if (!stopAnswer()) {
      leave(BY_INTERRUPT);
    }
  }

  private synchronized boolean stopAnswer() {
    if (!stopsAnswers || stop == null || stopping) {
      return false;
    }
    stopping = true;
    stop.run();
    return true;
  }

  private void leave(int status) {
    terminal.close(status);
    exit(status, terminal::makeRoomForShell);
  }

  /** Ends the program, after this: in good order if that is soon done, in any case soon. */
  public static void exit(int status, Runnable first) {
    Thread.ofPlatform()
        .daemon()
        .name("exit")
        .start(
            () -> {
              first.run();
              System.exit(status);
            });
    try {
      Thread.sleep(GRACE); // the process ends during this, unless native code or the terminal hangs
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // then without the grace
    }
    Libc.exit(status);
  }
}
