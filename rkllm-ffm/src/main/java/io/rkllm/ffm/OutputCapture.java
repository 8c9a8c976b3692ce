package io.rkllm.ffm;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads what native code writes to standard output into SLF4J, under the name {@code
 * io.rkllm.native}, while what Java writes goes where it went before. For the whole process, and
 * not undone once begun.
 *
 * <p>File descriptor 1 becomes the writing end of a pipe that a daemon thread reads; another one
 * logs what it has read. {@link System#out} becomes a stream on a copy of the old descriptor. Who
 * kept the old {@code System.out} or writes to descriptor 1 by other means (a child process with
 * inherited output, a {@link java.io.Console}) is taken for native code.
 */
final class OutputCapture {
  private static final Logger log = LoggerFactory.getLogger(OutputCapture.class);
  private static final Logger nativeLog = LoggerFactory.getLogger("io.rkllm.native");

  private static final int STDOUT = 1;
  private static final int BUFFER = 64 << 10;
  private static final Duration FENCE_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(1);

  private static boolean begun;
  private static volatile @Nullable OutputCapture active;

  private final int original;

  /**
   * Native code waits while nobody reads the pipe, so the reading thread must not wait for a log.
   */
  private final LineHandOver handOver = new LineHandOver(this::handOn);

  private final CapturedLines lines = new CapturedLines(handOver::bring);

  /** In the first line that is logged: should it come back, the log writes to descriptor 1. */
  private final String nonce = "capture " + Long.toHexString(System.nanoTime() & 0xffffff);

  /** Touched by the logging thread alone, as all below. */
  private boolean logComesBack;

  private String lastLogged = "";

  private OutputCapture() throws IOException {
    if (!Posix.isWritable(STDOUT)) {
      // Where the process was started with it closed, it may be any file that the JVM has opened.
      throw new IOException("descriptor 1 is not open for writing");
    }
    PrintStream before = System.out;
    before.flush();
    Posix.flushStandardOutput();
    original = Posix.duplicate(STDOUT);
    Posix.Pipe pipe;
    try {
      pipe = Posix.pipe();
    } catch (IOException e) {
      Posix.close(original);
      throw e;
    }
    // First Java's output, then the descriptor: no line of Java's falls into the pipe between.
    System.setOut(stream(before));
    try {
      Posix.replace(STDOUT, pipe.writeEnd());
    } catch (IOException e) {
      System.setOut(before);
      Posix.close(original);
      Posix.close(pipe.readEnd());
      Posix.close(pipe.writeEnd());
      throw e;
    }
    Posix.close(pipe.writeEnd());
    Posix.lineBufferStandardOutput();
    handOver.start("rkllm-native-log");
    Thread.ofPlatform().daemon().name("rkllm-native-output").start(() -> readAll(pipe.readEnd()));
    Runtime.getRuntime()
        .addShutdownHook(new Thread(OutputCapture::atExit, "rkllm-native-output-end"));
  }

  /** A stream like the one before, on the copy of its descriptor. */
  private PrintStream stream(PrintStream before) {
    return new PrintStream(
        new BufferedOutputStream(new DescriptorOutputStream(original)), true, before.charset());
  }

  /**
   * Begins, unless it has begun. Where that fails, all stays as it was, and a warning is logged.
   */
  static synchronized void start() {
    if (begun) {
      return;
    }
    begun = true;
    try {
      OutputCapture capture = new OutputCapture();
      active = capture;
      nativeLog.info("standard output of native code is logged from here on ({})", capture.nonce);
    } catch (IOException | RuntimeException | LinkageError e) {
      log.warn("standard output of native code is left as it is, it cannot be captured", e);
    }
  }

  /** Whether it goes on. */
  static boolean isActive() {
    return active != null;
  }

  /** Where in the captured output we are; for {@link #complaintsSince}. */
  static long mark() {
    OutputCapture capture = active;
    return capture == null ? 0 : capture.lines.count();
  }

  /** Hands on what native code has printed and C still holds back. */
  static void flush() {
    if (active != null) {
      try {
        Posix.flushStandardOutput();
      } catch (IOException e) {
        log.debug("C's standard output could not be flushed", e);
      }
    }
  }

  /** What native code complained of since the mark; empty if nothing is captured. */
  static List<String> complaintsSince(long mark) {
    OutputCapture capture = active;
    if (capture == null) {
      return List.of();
    }
    flush();
    capture.catchUp();
    return capture.lines.complaintsSince(mark);
  }

  /** Waits until all that has been written so far has been read. */
  private void catchUp() {
    long fence = lines.newFence();
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = CapturedLines.fenceBytes(fence);
      Posix.write(STDOUT, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes));
      if (!lines.awaitFence(fence, FENCE_TIMEOUT)) {
        log.debug("captured output is not read in time");
      }
    } catch (IOException e) {
      log.debug("captured output cannot be waited for", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAll(int readEnd) {
    byte[] bytes = new byte[BUFFER];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER);
      for (int n; (n = Posix.read(readEnd, buffer)) > 0; ) {
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, n);
        lines.accept(bytes, n);
      }
      lines.finish();
    } catch (Throwable t) {
      giveBack();
      log.warn("native output is no longer captured", t);
    }
  }

  /** Without a reader native code would wait for a full pipe: it gets the old descriptor back. */
  private void giveBack() {
    active = null;
    try {
      Posix.replace(STDOUT, original);
    } catch (IOException e) {
      discardRest();
    }
  }

  /**
   * The JVM ends: what native code still says is lost. Otherwise it would wait for a full pipe that
   * nobody reads, and the JVM for the reader, which sits in native code.
   */
  private static void atExit() {
    OutputCapture capture = active;
    if (capture != null) {
      active = null;
      discardRest();
      try {
        capture.handOver.awaitTaken(EXIT_TIMEOUT);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void discardRest() {
    try {
      Posix.discard(STDOUT);
    } catch (IOException e) {
      // Nothing more can be done; at worst native code waits while the process ends.
    }
  }

  /** Runs on the logging thread. Nothing that a logger throws may end it. */
  private void handOn(String line) {
    try {
      long dropped = handOver.takeDropped();
      if (dropped > 0) {
        log.warn("{} lines of native output were dropped while the log took none", dropped);
      }
      if (!logComesBack && isOurs(line)) {
        logComesBack = true;
        log.warn(
            "the log is written to the standard output that is being captured; lines of native"
                + " code are passed on to standard output as they are");
      }
      if (logComesBack) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        new DescriptorOutputStream(original).write(bytes, 0, bytes.length);
      } else {
        log(line);
        lastLogged = line;
      }
    } catch (Throwable _) {
      // A line is lost; the next may fare better.
    }
  }

  private static void log(String line) {
    if (line.startsWith("E ")) {
      nativeLog.error("{}", line);
    } else if (line.startsWith("W ")) {
      nativeLog.warn("{}", line);
    } else {
      nativeLog.info("{}", line);
    }
  }

  /** Whether a line is one that we have logged, with whatever the log puts before it. */
  private boolean isOurs(String line) {
    return line.contains(nonce)
        || (lastLogged.contains("rkllm: ")
            && line.length() > lastLogged.length()
            && line.endsWith(lastLogged));
  }
}
