package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls libc functions for file descriptors and C's standard output, which {@link OutputCapture}
 * needs, and converts {@code errno} to exceptions. Stateless; the caller closes descriptors.
 */
final class Posix {
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int F_GETFL = 3;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int O_ACCMODE = 3;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_CLOEXEC = 0x80000;
  private static final short POLLOUT = 4;
  private static final long PIPE_BUF = 4096; // a writable pipe accepts this many bytes
  private static final long STALLED_NANOS = 10_000_000;

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

  private static final MethodHandle READ =
      function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle WRITE =
      function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle DUP2 =
      function("dup2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle PIPE2 =
      function("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle POLL =
      function("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle OPEN =
      Libc.function(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
          CAPTURE,
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle FCNTL =
      Libc.function(
          "fcntl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
          CAPTURE,
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle FFLUSH =
      function("fflush", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle SETLINEBUF =
      Libc.function("setlinebuf", FunctionDescriptor.ofVoid(ADDRESS));

  private Posix() {}

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return Libc.function(name, descriptor, CAPTURE);
  }

  /** Reads at least one byte, blocking until one is available. Returns 0 at the end. */
  static int read(int descriptor, MemorySegment target) throws IOException {
    return (int)
        checked(
            "read", state -> (long) READ.invokeExact(state, descriptor, target, target.byteSize()));
  }

  /**
   * Writes all bytes. Blocks even if the descriptor is non-blocking. A virtual thread waits in
   * Java, because waiting in native code would pin its carrier thread, which may be the only one.
   */
  static void writeAll(int descriptor, MemorySegment bytes) throws IOException {
    boolean virtual = Thread.currentThread().isVirtual();
    for (long done = 0; done < bytes.byteSize(); ) {
      MemorySegment rest = bytes.asSlice(done);
      if (virtual) {
        parkUntilWritable(descriptor);
        rest = rest.asSlice(0, Math.min(PIPE_BUF, rest.byteSize()));
      }
      try {
        done += write(descriptor, rest);
      } catch (WouldBlockException e) {
        awaitWritable(descriptor);
      }
    }
  }

  /** Writes some of the bytes. */
  static long write(int descriptor, MemorySegment bytes) throws IOException {
    return checked(
        "write", state -> (long) WRITE.invokeExact(state, descriptor, bytes, bytes.byteSize()));
  }

  /**
   * Returns a second descriptor for the same file, above the standard ones, which is not inherited
   * by child processes.
   */
  static int duplicate(int descriptor) throws IOException {
    return (int)
        checked("fcntl", state -> (int) FCNTL.invokeExact(state, descriptor, F_DUPFD_CLOEXEC, 3));
  }

  /** Makes {@code target} another descriptor for the file of {@code source}. */
  static void replace(int target, int source) throws IOException {
    checked("dup2", state -> (int) DUP2.invokeExact(state, source, target));
  }

  /** Returns a new pipe, which is not inherited by child processes. */
  static Pipe pipe() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(JAVA_INT, 2);
      checked("pipe2", state -> (int) PIPE2.invokeExact(state, ends, O_CLOEXEC));
      return new Pipe(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
    }
  }

  /** The descriptors of a pipe. */
  record Pipe(int readEnd, int writeEnd) {}

  static void close(int descriptor) throws IOException {
    checked("close", state -> (int) CLOSE.invokeExact(state, descriptor));
  }

  /** Returns whether the descriptor is open for writing. */
  static boolean isWritable(int descriptor) {
    try {
      long flags =
          checked("fcntl", state -> (int) FCNTL.invokeExact(state, descriptor, F_GETFL, 0));
      return (flags & O_ACCMODE) != O_RDONLY;
    } catch (IOException e) {
      return false;
    }
  }

  /** Discards everything written to the descriptor from now on. */
  static void discard(int descriptor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom("/dev/null");
      int sink = (int) checked("open", state -> (int) OPEN.invokeExact(state, path, O_WRONLY, 0));
      replace(descriptor, sink);
      close(sink);
    }
  }

  /** Flushes C's standard output. */
  static void flushStandardOutput() throws IOException {
    MemorySegment stream = standardOutput();
    checked("fflush", state -> (int) FFLUSH.invokeExact(state, stream));
  }

  /** Makes C's standard output line-buffered, which is its default only for terminals. */
  static void lineBufferStandardOutput() {
    try {
      SETLINEBUF.invokeExact(standardOutput());
    } catch (Throwable t) {
      throw Libc.unchecked(t);
    }
  }

  /** Returns C's {@code stdout}, which is a variable. */
  private static MemorySegment standardOutput() {
    return Libc.symbol("stdout").reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0);
  }

  private static void awaitWritable(int descriptor) throws IOException {
    poll(descriptor, -1);
  }

  /**
   * Waits until the descriptor is writable. An interrupt, which would prevent parking, is restored
   * afterwards.
   */
  private static void parkUntilWritable(int descriptor) throws IOException {
    boolean interrupted = false;
    while (!poll(descriptor, 0)) {
      interrupted |= Thread.interrupted();
      LockSupport.parkNanos(STALLED_NANOS);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits until a write of at most {@link #PIPE_BUF} bytes would not block. Returns false if the
   * time elapsed first.
   */
  private static boolean poll(int descriptor, int timeoutMillis) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(8, 4);
      poll.set(JAVA_INT, 0, descriptor);
      poll.set(JAVA_SHORT, 4, POLLOUT);
      return checked("poll", state -> (int) POLL.invokeExact(state, poll, 1L, timeoutMillis)) > 0;
    }
  }

  /** Makes a call, repeats it if a signal interrupted it, and converts −1 to an exception. */
  private static long checked(String name, Call call) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      while (true) {
        long result = call.make(state);
        if (result >= 0) {
          return result;
        }
        int errno = (int) ERRNO.get(state, 0L);
        if (errno == EAGAIN) {
          throw new WouldBlockException(name);
        }
        if (errno != EINTR) {
          throw new IOException(name + " failed, errno " + errno);
        }
      }
    } catch (Throwable t) {
      throw Libc.<IOException>unchecked(t);
    }
  }

  /** A call that stores {@code errno} in a segment. */
  @FunctionalInterface
  private interface Call {
    long make(MemorySegment state) throws Throwable;
  }

  /** Thrown when a call on a non-blocking descriptor would have to wait. */
  static final class WouldBlockException extends IOException {
    private static final long serialVersionUID = 1L;

    WouldBlockException(String call) {
      super(call + " would have to wait");
    }
  }
}
