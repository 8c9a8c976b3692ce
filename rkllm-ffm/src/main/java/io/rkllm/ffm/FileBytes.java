package io.rkllm.ffm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Bounds-checked reads of a file that may be damaged or hostile. Holds the file open until it is
 * closed. The file is read, not mapped: one that shrinks under a mapping ends in a signal.
 */
final class FileBytes implements Closeable {
  /** No table of a sane library is larger; keeps a wrong length from becoming an allocation. */
  private static final int MAX_PIECE = 16 << 20;

  private final FileChannel channel;
  private final long size;

  FileBytes(Path file) throws IOException {
    channel = FileChannel.open(file, StandardOpenOption.READ);
    size = channel.size();
  }

  long size() {
    return size;
  }

  /**
   * Reads exactly {@code length} bytes, little-endian.
   *
   * @param what names the piece in the exception
   * @throws MalformedFileException if they are not all inside the file
   */
  ByteBuffer read(long offset, long length, String what) throws IOException {
    if (offset < 0 || length < 0 || length > size || offset > size - length) {
      throw new MalformedFileException(
          "%s should be %s bytes at offset %s, but the file has %d bytes"
              .formatted(what, Long.toUnsignedString(length), Long.toUnsignedString(offset), size));
    }
    if (length > MAX_PIECE) {
      throw new MalformedFileException("%s has %d bytes, too many".formatted(what, length));
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
    fill(bytes, offset);
    if (bytes.hasRemaining()) {
      throw new MalformedFileException("the file became shorter while " + what + " was read");
    }
    return bytes.flip();
  }

  /** Reads on from {@code offset} until the buffer is full or the file ends. */
  void fill(ByteBuffer target, long offset) throws IOException {
    long position = offset;
    while (target.hasRemaining()) {
      int n = channel.read(target, position);
      if (n < 0) {
        return;
      }
      position += n;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** The contents are not what they should be; the message says what and where. */
  static final class MalformedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedFileException(String message) {
      super(message);
    }
  }
}
