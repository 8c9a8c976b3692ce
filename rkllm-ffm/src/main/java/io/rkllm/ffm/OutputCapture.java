package io.rkllm.ffm;

import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.SharedThreads;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Redirects the standard output of native code to SLF4J, with the logger {@code io.rkllm.native},
 * while Java's output remains unchanged. The capture applies to the whole process. Once requested,
 * it begins with the first model of the process, ends with the last one, and begins again with the
 * next, so that nothing of an application remains after it has closed its models.
 *
 * <p>Of several copies of the SDK in one JVM, each with its own class loader, only one can capture
 * the output. The system property {@value #KEY} is set while one does.
 *
 * <p>File descriptor 1 becomes the write end of a pipe, which is read by a daemon thread; another
 * thread logs the lines. {@link System#out} becomes a stream that writes to a copy of the old
 * descriptor. Output through an earlier value of {@code System.out}, or through descriptor 1 in
 * another way (a child process with inherited output, a {@link java.io.Console}), is treated as
 * native output.
 */
final class OutputCapture {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceRuntime.class);
  private static final Logger NATIVE_LOG = LoggerFactory.getLogger("io.rkllm.native");

  private static final int STDOUT = 1;
  private static final int BUFFER = 64 << 10;
  private static final Duration FENCE_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration END_TIMEOUT = Duration.ofSeconds(1);

  /** The system property that is set while a copy of the SDK in this JVM captures the output. */
  static final String KEY = "io.rkllm.nativeOutput";

  /** Messages to be logged after the class's lock has been released. */
  private static final Queue<Runnable> PENDING = new ConcurrentLinkedQueue<>();

  private static boolean wanted; // guarded by the class, as are the next two fields
  private static boolean refusalLogged;
  private static int models;
  private static volatile @Nullable OutputCapture active;

  private final PrintStream before = System.out;
  private final DescriptorOutputStream javaOutput = new DescriptorOutputStream(STDOUT);
  private final PrintStream redirectedOut =
      new PrintStream(new BufferedOutputStream(javaOutput), true, before.charset());
  private final int original;
  private final Posix.Pipe pipe;
  private final CountDownLatch restoreDone = new CountDownLatch(1);
  private volatile boolean restored; // final after the restoration
  private final Thread reader = SharedThreads.create("rkllm-native-output", this::readAll);
  private final Thread hook = SharedThreads.create("rkllm-native-output-end", this::atExit);

  /**
   * Dispatches lines to the log. Native code blocks while the pipe is not read, so the reading
   * thread must not wait for the log.
   */
  private final LineDispatcher dispatcher = new LineDispatcher("rkllm-native-log", this::forward);

  private final CapturedLines lines = new CapturedLines(dispatcher::offer);

  /**
   * Part of the first line that is logged. If this line is captured, the log writes to descriptor
   * 1.
   */
  private final String nonce = "capture " + Long.toHexString(System.nanoTime() & 0xffffff);

  /** Used only by the logging thread, as are all fields below. */
  private boolean announced;

  private boolean logLoopsBack;

  private String lastLogged = "";

  /** Opens the descriptors without redirecting output. */
  private OutputCapture() throws IOException {
    if (!Posix.isWritable(STDOUT)) {
      // If the process was started without it, it may be any file that the JVM has opened.
      throw new IOException("descriptor 1 is not open for writing");
    }
    original = Posix.duplicate(STDOUT);
    try {
      pipe = Posix.pipe();
    } catch (Throwable t) {
      close(original);
      throw t;
    }
  }

  /** Redirects the output. If this fails, everything is restored. */
  private void redirect() throws IOException {
    boolean reading = false;
    try {
      // First everything that may fail for lack of a thread, because a pipe that is not read blocks
      // native code.
      Runtime.getRuntime().addShutdownHook(hook);
      dispatcher.start();
      reader.start();
      reading = true;
      flushEarlierOutput();
      // Not logged directly, because a blocking log would block all threads that wait for the
      // class's lock.
      dispatcher.offer("standard output of native code is logged from here on (" + nonce + ")");
      // Java's output first, so that none of its lines reaches the pipe.
      javaOutput.writeTo(original);
      System.setOut(redirectedOut);
      Posix.replace(STDOUT, pipe.writeEnd());
    } catch (Throwable t) {
      restoreOutput();
      if (!reading) {
        closeAll();
      }
      throw t;
    } finally {
      close(pipe.writeEnd()); // if descriptor 1 is not a copy of it, the reader reaches the end
    }
  }

  /**
   * Flushes earlier output and makes C's standard output line-buffered. Done on a separate thread
   * with a timeout: while standard output is blocked, a printing thread holds the lock of the
   * stream, in Java or in C.
   */
  private void flushEarlierOutput() {
    awaitEnd(
        Thread.ofPlatform()
            .daemon()
            .name("rkllm-native-output-flush")
            .start(
                () -> {
                  before.flush();
                  flushStandardOutput();
                  Posix.lineBufferStandardOutput();
                }));
  }

  /**
   * Requests the capture. It begins now if a model is open, and otherwise with the next model, so
   * that a load that is refused before native code is called leaves nothing behind.
   */
  static void start() {
    synchronized (OutputCapture.class) {
      wanted = true;
      if (models > 0) {
        begin();
      }
    }
    logPending();
  }

  /**
   * Called before a model is loaded. The capture, if requested, continues until the model is
   * closed. If it cannot begin, everything is restored and a warning is logged.
   */
  static void modelOpened() {
    synchronized (OutputCapture.class) {
      models++;
      begin();
    }
    logPending();
  }

  /**
   * Called when a model was destroyed or not loaded. Flushes its native output. Ends the capture
   * with the last model.
   */
  static void modelClosed() {
    synchronized (OutputCapture.class) {
      models--;
      OutputCapture capture = active;
      if (models == 0 && capture != null) {
        capture.end();
      }
    }
    logPending();
  }

  /**
   * Logs the messages about what happened under the class's lock, now that this thread has released
   * it. A blocking log must not block other threads.
   */
  private static void logPending() {
    for (Runnable message; (message = PENDING.poll()) != null; ) {
      message.run();
    }
  }

  private static void begin() {
    if (!wanted || active != null) {
      return;
    }
    if (System.getProperties().putIfAbsent(KEY, "captured") != null) {
      if (!refusalLogged) {
        refusalLogged = true;
        PENDING.add(
            () ->
                LOG.warn(
                    "standard output of native code is captured by another copy of the SDK in this"
                        + " JVM; its lines are in the log of that one"));
      }
      return;
    }
    try {
      OutputCapture capture = new OutputCapture();
      capture.redirect();
      active = capture;
    } catch (Throwable t) {
      wanted = false;
      System.getProperties().remove(KEY);
      PENDING.add(
          () ->
              LOG.warn(
                  "standard output of native code is left as it is, it cannot be captured", t));
    }
  }

  /**
   * Restores descriptor 1, {@link System#out}, the threads and the hook. All captured output is
   * logged. A stream that was kept by a caller writes to descriptor 1 from now on. Blocks for a
   * limited time, even if standard output or the log is blocked; the threads then end later.
   */
  private void end() {
    restoreOutput();
    System.getProperties().remove(KEY);
    awaitEnd(reader);
  }

  /** Returns whether the capture is active. */
  static boolean isActive() {
    return active != null;
  }

  /** Returns the current position in the captured output; for {@link #complaintsSince}. */
  static long mark() {
    OutputCapture capture = active;
    return capture == null ? 0 : capture.lines.count();
  }

  /** Flushes the output of native code that C has buffered. */
  static void flush() {
    if (active != null) {
      flushStandardOutput();
    }
  }

  private static void flushStandardOutput() {
    try {
      Posix.flushStandardOutput();
    } catch (IOException e) {
      LOG.debug("C's standard output could not be flushed", e);
    }
  }

  /**
   * Returns the warnings and errors of native code since the mark; empty if nothing is captured.
   */
  static List<String> complaintsSince(long mark) {
    OutputCapture capture = active;
    if (capture == null) {
      return List.of();
    }
    flush();
    capture.catchUp();
    return capture.lines.complaintsSince(mark);
  }

  /** Waits until all output so far has been read. */
  private void catchUp() {
    long fence = lines.newFence();
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = CapturedLines.fenceBytes(fence);
      Posix.write(STDOUT, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes));
      if (!lines.awaitFence(fence, FENCE_TIMEOUT)) {
        LOG.debug("captured output was not read in time");
      }
    } catch (IOException e) {
      LOG.debug("captured output cannot be waited for", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAll() {
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = new byte[BUFFER];
      MemorySegment buffer = arena.allocate(BUFFER);
      for (int n; (n = Posix.read(pipe.readEnd(), buffer)) > 0; ) {
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, n);
        lines.accept(bytes, n);
      }
      lines.finish();
    } catch (Throwable t) {
      readingFailed(t);
    } finally {
      closeAll();
      logPending();
    }
  }

  /** Restores the descriptor, because without a reader native code would block on a full pipe. */
  private void readingFailed(Throwable cause) {
    synchronized (OutputCapture.class) { // the capture may just be starting or ending
      if (active == this) {
        restoreOutput();
        System.getProperties().remove(KEY);
      }
    }
    logPending();
    LOG.warn("native output is no longer captured", cause);
  }

  /**
   * Closes the descriptors. The original is closed once neither the log nor a printing thread
   * writes to it, because its number could otherwise be reused for another file. Blocks until then,
   * so it runs on the reading thread, for which others wait only for a limited time.
   */
  private void closeAll() {
    close(pipe.readEnd());
    try {
      redirectedOut.flush();
      dispatcher.end();
      restoreDone.await();
      synchronized (javaOutput) {
        if (restored) {
          close(original);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the original stays open
    }
  }

  private static void close(int descriptor) {
    try {
      Posix.close(descriptor);
    } catch (IOException e) {
      PENDING.add(() -> LOG.debug("descriptor {} could not be closed", descriptor, e));
    }
  }

  /**
   * Makes both native code and Java write to the restored descriptor 1. Waits for no lock that is
   * held by printing threads.
   */
  private void restoreOutput() {
    active = null;
    try {
      Posix.replace(STDOUT, original);
      javaOutput.writeTo(STDOUT);
      restored = true;
    } catch (IOException e) {
      PENDING.add(
          () -> LOG.warn("standard output of native code cannot be restored; it is discarded", e));
      discardRest();
    }
    if (System.out.equals(redirectedOut)) {
      System.setOut(before);
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending, and the hook will find nothing to do.
    }
    restoreDone.countDown();
  }

  /** Waits for a limited time, and restores the interrupt status. */
  private static void awaitEnd(Thread thread) {
    boolean interrupted = Thread.interrupted();
    try {
      if (!thread.join(END_TIMEOUT)) {
        PENDING.add(
            () ->
                LOG.debug(
                    "{} did not end in time; standard output or the log may be blocked", thread));
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Called when the JVM ends; further native output is lost. Otherwise native code would wait for a
   * full pipe that is not read, and the JVM for the reader, which is in native code.
   */
  private void atExit() {
    if (active != null) {
      active = null;
      discardRest();
      try {
        dispatcher.end(END_TIMEOUT);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void discardRest() {
    try {
      Posix.discard(STDOUT);
    } catch (IOException e) {
      // Nothing more can be done; in the worst case native code blocks while the process ends.
    }
  }

  /** Logs a line. Called on the logging thread, which an exception of a logger must not end. */
  private void forward(String line) {
    try {
      long dropped = dispatcher.takeDropped();
      if (dropped > 0) {
        LOG.warn("{} lines of native output were dropped while the log was blocked", dropped);
      }
      if (!announced) { // the first line is the announcement
        announced = true;
        NATIVE_LOG.info("{}", line);
        return;
      }
      if (!logLoopsBack && isOwnLogLine(line)) {
        logLoopsBack = true;
        LOG.warn(
            "the log is written to the standard output that is being captured; lines of native"
                + " code are passed on to standard output unchanged");
      }
      if (logLoopsBack) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        new DescriptorOutputStream(original).write(bytes, 0, bytes.length);
      } else {
        log(line);
        lastLogged = line;
      }
    } catch (Throwable _) {
      // The line is lost; later ones may succeed.
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

  /** Returns whether a line was logged by this class, with any prefix added by the log. */
  private boolean isOwnLogLine(String line) {
    return line.contains(nonce)
        || (lastLogged.contains("rkllm: ")
            && line.length() > lastLogged.length()
            && line.endsWith(lastLogged));
  }
}
