package io.rkllm.ffm;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes to a file descriptor of a terminal, pipe, file or socket. Thread-safe. Does not own the
 * descriptor; {@link #close} leaves it open.
 */
final class DescriptorOutputStream extends OutputStream {
  private static final int PIECE = 8192;

  private volatile int descriptor;

  /** A native buffer, because a blocking native call cannot use a Java array. Guarded by this. */
  private final MemorySegment piece = Arena.ofAuto().allocate(PIECE);

  DescriptorOutputStream(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Writes to another descriptor from now on. Does not block: a write in progress may use the old
   * descriptor until the monitor of this stream is released.
   */
  void writeTo(int another) {
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
