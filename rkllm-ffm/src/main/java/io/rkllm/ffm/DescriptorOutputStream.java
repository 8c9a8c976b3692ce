package io.rkllm.ffm;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes to a file descriptor: terminal, pipe, file or socket. Thread-safe. Does not own the
 * descriptor; {@link #close} leaves it open. Its buffer lives as long as it is reachable.
 */
final class DescriptorOutputStream extends OutputStream {
  private static final int PIECE = 8192;

  private int descriptor; // guarded by this

  /** Native code cannot be given a Java array to wait on. Guarded by this. */
  private final MemorySegment piece = Arena.ofAuto().allocate(PIECE);

  DescriptorOutputStream(int descriptor) {
    this.descriptor = descriptor;
  }

  /** From now on, writes to another descriptor. */
  synchronized void writeTo(int another) {
    descriptor = another;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      int n = Math.min(PIECE, length - done);
      MemorySegment.copy(bytes, offset + done, piece, ValueLayout.JAVA_BYTE, 0, n);
      Posix.writeAll(descriptor, piece.asSlice(0, n));
      done += n;
    }
  }
}
