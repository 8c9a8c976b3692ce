package io.rkllm.examples.chat;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Handles signals. Ctrl-C (SIGINT) stops the running answer. If there is none, or if it is already
 * being stopped, Ctrl-C is passed to the line that the user edits, and otherwise ends the program.
 * SIGTERM and SIGHUP always end the program. Each signal is handled on its own thread.
 */
public final class Interrupts {
  // The exit status of a shell for a process ended by a signal: 128 plus the signal's number.
  private static final int BY_HANGUP = 129;

  /** The exit status after SIGINT. */
  static final int BY_INTERRUPT = 130;

  /** The exit status after SIGTERM. */
  public static final int BY_TERMINATION = 143;

  /** The time allowed for closing the models when the program ends, since native code can hang. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Terminal terminal;
  private final boolean stopsAnswers;
  private @Nullable Runnable stop; // of the running answer; guarded by this
  private boolean stopping; // guarded by this

  private Interrupts(Terminal terminal, boolean stopsAnswers) {
    this.terminal = terminal;
    this.stopsAnswers = stopsAnswers;
  }

  /**
   * Starts to handle the signals. A signal that was ignored when the program was started stays
   * ignored.
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
   * Begins an answer. A Ctrl-C in the meantime is deferred until the answer exists, and then stops
   * it.
   *
   * @param cancel stops the answer soon, without blocking
   */
  public synchronized <T> T begin(Supplier<T> generate, Consumer<T> cancel) {
    T begun = generate.get();
    stop = () -> cancel.accept(begun);
    stopping = false;
    return begun;
  }

  /** Notes that the answer has ended. */
  public synchronized void ended() {
    stop = null;
  }

  private void interrupted() {
    if (!stopAnswer() && !terminal.interruptLine()) {
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
    boolean _ = terminal.interruptLine(); // which restores the keys that it has redefined
    exit(status, terminal::makeRoomForShell);
  }

  /**
   * Ends the program after running an action: in an orderly way if that is possible in a short
   * time, and otherwise immediately.
   */
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
      Thread.sleep(GRACE); // the process ends meanwhile, unless native code or the terminal hangs
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // then without a grace period
    }
    Libc.exit(status);
  }
}
