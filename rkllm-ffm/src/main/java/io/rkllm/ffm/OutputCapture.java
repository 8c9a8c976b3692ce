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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
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
  private static final Duration END_TIMEOUT = Duration.ofSeconds(1);

  /** In the system properties while any copy of the SDK in this JVM captures. */
  static final String KEY = "io.rkllm.nativeOutput";

  /** Messages that are logged once the class's lock is released. */
  private static final Queue<Runnable> PENDING = new ConcurrentLinkedQueue<>();

  private static boolean wanted; // guarded by the class, as the next two
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
  private volatile boolean restored; // final once given back
  private final Thread reader =
      Thread.ofPlatform().daemon().name("rkllm-native-output").unstarted(this::readAll);
  private final Thread hook = new Thread(this::atExit, "rkllm-native-output-end");

  /**
   * Native code waits while nobody reads the pipe, so the reading thread must not wait for a log.
   */
  private final LineDispatcher dispatcher = new LineDispatcher("rkllm-native-log", this::forward);

  private final CapturedLines lines = new CapturedLines(dispatcher::offer);

  /** In the first line that is logged: should it come back, the log writes to descriptor 1. */
  private final String nonce = "capture " + Long.toHexString(System.nanoTime() & 0xffffff);

  /** Touched by the logging thread alone, as all below. */
  private boolean announced;

  private boolean logLoopsBack;

  private String lastLogged = "";

  /** Opens the descriptors; nothing is redirected yet. */
  private OutputCapture() throws IOException {
    if (!Posix.isWritable(STDOUT)) {
      // Where the process was started with it closed, it may be any file that the JVM has opened.
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

  /** Redirects; if that fails, all is as it was. */
  private void redirect() throws IOException {
    boolean reading = false;
    try {
      // First all that may fail for want of a thread: a pipe that nobody reads blocks native code.
      Runtime.getRuntime().addShutdownHook(hook);
      dispatcher.start();
      reader.start();
      reading = true;
      flushEarlierOutput();
      // Not logged here: a log that blocks would hold up everybody who waits for the class's lock.
      dispatcher.offer("standard output of native code is logged from here on (" + nonce + ")");
      // First Java's output, then the descriptor: no line of Java's falls into the pipe between.
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
      close(pipe.writeEnd()); // where descriptor 1 is no copy of it, the reader comes to its end
    }
  }

  /**
   * Flushes what was printed before, and has C hand on each line. On a thread of its own, which is
   * waited for with a bound: while standard output stalls, a thread that prints holds the lock of
   * the stream, of Java's or of C's.
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
   * Begins, unless it has begun. Where that fails, all stays as it was, and a warning is logged.
   */
  static void start() {
    synchronized (OutputCapture.class) {
      wanted = true;
      begin();
    }
    logPending();
  }

  /** A model is about to be loaded: until it is gone, what was begun goes on. */
  static void modelOpened() {
    synchronized (OutputCapture.class) {
      models++;
      begin();
    }
    logPending();
  }

  /**
   * A model is destroyed, or was not loaded; what native code has printed for it is flushed. With
   * the last one the capture ends.
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
   * Logs what happened under the class's lock, now that this thread no longer holds it: a log that
   * blocks must not block the other threads.
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
   * Gives all back: descriptor 1, {@link System#out}, the thread and the hook. What was printed so
   * far is logged. A stream that somebody has kept writes to descriptor 1 from now on. Blocks for a
   * bounded time, also while standard output or the log stalls; the threads then end later.
   */
  private void end() {
    restoreOutput();
    System.getProperties().remove(KEY);
    awaitEnd(reader);
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

  /** Without a reader native code would wait for a full pipe: it gets the old descriptor back. */
  private void readingFailed(Throwable cause) {
    synchronized (OutputCapture.class) { // it may just be beginning or ending
      if (active == this) {
        restoreOutput();
        System.getProperties().remove(KEY);
      }
    }
    logPending();
    LOG.warn("native output is no longer captured", cause);
  }

  /**
   * Closes the descriptors, the original once nobody writes to it any more: neither the log nor a
   * thread that prints. Closed earlier, its number could be that of another file. Blocks as long as
   * they do, so it runs on the reading thread, which nobody waits for without a bound.
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
   * Both native code and Java write to descriptor 1 again, which is what it was. Waits for no lock
   * that a thread holds while it prints.
   */
  private void restoreOutput() {
    active = null;
    try {
      Posix.replace(STDOUT, original);
      javaOutput.writeTo(STDOUT);
      restored = true;
    } catch (IOException e) {
      PENDING.add(
          () ->
              LOG.warn("standard output of native code cannot be given back, it is discarded", e));
      discardRest();
    }
    if (System.out.equals(redirectedOut)) {
      System.setOut(before);
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM ends, and the hook finds nothing to do.
    }
    restoreDone.countDown();
  }

  /** Waits for a bounded time; an interrupt is kept for later. */
  private static void awaitEnd(Thread thread) {
    boolean interrupted = Thread.interrupted();
    try {
      if (!thread.join(END_TIMEOUT)) {
        PENDING.add(
            () ->
                LOG.debug("{} does not end in time, standard output or the log may stall", thread));
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
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
      // Nothing more can be done; at worst native code waits while the process ends.
    }
  }

  /** Runs on the logging thread. Nothing that a logger throws may end it. */
  private void forward(String line) {
    try {
      long dropped = dispatcher.takeDropped();
      if (dropped > 0) {
        LOG.warn("{} lines of native output were dropped while the log took none", dropped);
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
                + " code are passed on to standard output as they are");
      }
      if (logLoopsBack) {
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
  private boolean isOwnLogLine(String line) {
    return line.contains(nonce)
        || (lastLogged.contains("rkllm: ")
            && line.length() > lastLogged.length()
            && line.endsWith(lastLogged));
  }
}
