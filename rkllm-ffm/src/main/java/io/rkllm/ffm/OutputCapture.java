package io.rkllm.ffm;

import io.rkllm.spi.InferenceRuntime;
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
 * io.rkllm.native}, while what Java writes goes where it went before. For the whole process, from
 * when it is first asked for; it ends with the last model of the process, and begins anew with the
 * next one, so that nothing of an application stays when it has closed its models.
 *
 * <p>Two copies of the SDK in one JVM, each in a class loader of its own, cannot both have it: the
 * system property {@value #KEY} is there while one does.
 *
 * <p>File descriptor 1 becomes the writing end of a pipe that a daemon thread reads; another one
 * logs what it has read. {@link System#out} becomes a stream on a copy of the old descriptor. Who
 * kept the old {@code System.out} or writes to descriptor 1 by other means (a child process with
 * inherited output, a {@link java.io.Console}) is taken for native code.
 */
final class OutputCapture {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceRuntime.class);
  private static final Logger NATIVE_LOG = LoggerFactory.getLogger("io.rkllm.native");

  private static final int STDOUT = 1;
  private static final int BUFFER = 64 << 10;
  private static final Duration FENCE_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration LOG_TIMEOUT = Duration.ofSeconds(1);

  /** In the system properties while any copy of the SDK in this JVM captures. */
  static final String KEY = "io.rkllm.nativeOutput";

  private static boolean wanted; // guarded by the class, as the next two
  private static boolean refusalTold;
  private static int models;
  private static volatile @Nullable OutputCapture active;

  private final int original;
  private final PrintStream before;
  private final DescriptorOutputStream javaOutput;
  private final PrintStream ours;
  private boolean restored; // guarded by javaOutput
  private final Thread reader;
  private final Thread hook = new Thread(this::atExit, "rkllm-native-output-end");

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
    before = System.out;
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
    javaOutput = new DescriptorOutputStream(original);
    ours = new PrintStream(new BufferedOutputStream(javaOutput), true, before.charset());
    System.setOut(ours);
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
    reader =
        Thread.ofPlatform()
            .daemon()
            .name("rkllm-native-output")
            .start(() -> readAll(pipe.readEnd()));
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Begins, unless it has begun. Where that fails, all stays as it was, and a warning is logged.
   */
  static synchronized void start() {
    wanted = true;
    begin();
  }

  /** A model is about to be loaded: until it is gone, what was begun goes on. */
  static synchronized void modelComes() {
    models++;
    begin();
  }

  /** A model is destroyed, or was not loaded. With the last one the capture ends. */
  static synchronized void modelGoes() {
    models--;
    OutputCapture capture = active;
    if (models == 0 && capture != null) {
      capture.end();
    }
  }

  private static void begin() {
    if (!wanted || active != null) {
      return;
    }
    if (System.getProperties().putIfAbsent(KEY, "captured") != null) {
      if (!refusalTold) {
        refusalTold = true;
        LOG.warn(
            "standard output of native code is captured by another copy of the SDK in this JVM; its"
                + " lines are in the log of that one");
      }
      return;
    }
    try {
      OutputCapture capture = new OutputCapture();
      active = capture;
      NATIVE_LOG.info("standard output of native code is logged from here on ({})", capture.nonce);
    } catch (IOException | RuntimeException | LinkageError e) {
      wanted = false;
      System.getProperties().remove(KEY);
      LOG.warn("standard output of native code is left as it is, it cannot be captured", e);
    }
  }

  /**
   * Gives all back: descriptor 1, {@link System#out}, the thread and the hook. What was printed so
   * far is logged. A stream that somebody has kept writes to descriptor 1 from now on.
   */
  private void end() {
    flush();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the JVM ends, and the hook does the rest
    }
    active = null;
    try {
      ours.flush();
      restore(); // closes the pipe, so that the reader comes to its end
      if (System.out.equals(ours)) {
        System.setOut(before);
      }
      reader.join(FENCE_TIMEOUT);
    } catch (IOException e) {
      LOG.warn("standard output of native code cannot be given back", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      System.getProperties().remove(KEY);
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
        LOG.debug("C's standard output could not be flushed", e);
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
        LOG.debug("captured output is not read in time");
      }
    } catch (IOException e) {
      LOG.debug("captured output cannot be waited for", e);
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
      LOG.warn("native output is no longer captured", t);
    } finally {
      endLogging();
      close(readEnd);
      synchronized (javaOutput) {
        if (restored) {
          close(original);
        }
      }
    }
  }

  /** Both native code and Java write to descriptor 1 again, which is what it was. */
  private void restore() throws IOException {
    synchronized (javaOutput) { // what Java writes in this moment goes to the one or the other
      Posix.replace(STDOUT, original);
      javaOutput.writeTo(STDOUT);
      restored = true;
    }
  }

  private static void close(int descriptor) {
    try {
      Posix.close(descriptor);
    } catch (IOException e) {
      LOG.debug("descriptor {} could not be closed", descriptor, e);
    }
  }

  /** Without a reader native code would wait for a full pipe: it gets the old descriptor back. */
  private void giveBack() {
    active = null;
    try {
      restore();
    } catch (IOException e) {
      discardRest();
    }
  }

  /**
   * The JVM ends: what native code still says is lost. Otherwise it would wait for a full pipe that
   * nobody reads, and the JVM for the reader, which sits in native code.
   */
  private void atExit() {
    if (active != null) {
      active = null;
      discardRest();
      endLogging();
    }
  }

  /** Ends the logging thread when it has logged what was read. */
  private void endLogging() {
    try {
      handOver.end(LOG_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
        LOG.warn("{} lines of native output were dropped while the log took none", dropped);
      }
      if (!logComesBack && isOurs(line)) {
        logComesBack = true;
        LOG.warn(
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
      NATIVE_LOG.error("{}", line);
    } else if (line.startsWith("W ")) {
      NATIVE_LOG.warn("{}", line);
    } else {
      NATIVE_LOG.info("{}", line);
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
