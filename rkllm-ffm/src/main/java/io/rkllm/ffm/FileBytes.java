package io.rkllm.ffm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Bounds-checked reads of a file that may be corrupt or malicious. Keeps the file open until it is
 * closed. The file is read instead of mapped, because accessing a mapped file that has been
 * truncated raises a signal.
 */
final class FileBytes implements Closeable {
  /**
   * No table of a valid library is larger. Prevents an invalid length from causing a large
   * allocation.
   */
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
   * Reads exactly {@code length} bytes as a little-endian buffer.
   *
   * @param what the description of the bytes in the exception
   * @throws MalformedFileException if not all of them are inside the file
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

  /** Reads from {@code offset} until the buffer is full or the file ends. */
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

  /** Thrown when the contents are invalid; the message contains the item and its position. */
  static final class MalformedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedFileException(String message) {
      super(message);
    }
  }
}
