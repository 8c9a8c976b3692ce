package io.rkllm.file;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads the numbers and masked strings of a model file through a buffer. Skipped bytes are not read
 * from storage. Every length is checked against the remaining bytes before memory is allocated. Not
 * thread-safe.
 *
 * <p>The file is read instead of mapped: another process may truncate it in the meantime, and
 * accessing a page beyond its end causes an error that cannot be distinguished from others.
 */
final class FileInput implements AutoCloseable {
  /** The directory of a vocabulary of 260,000 tokens with as many merges takes 16 MB. */
  private static final long MAX_DIRECTORY = 128L << 20;

  private static final int BUFFER_SIZE = 1 << 16;

  private final Path path;
  private final SeekableByteChannel channel;
  private final long size;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN).limit(0);

  /** The position in the file of the buffer's end. */
  private long bufferEnd;

  FileInput(Path path) throws IOException {
    this.path = path;
    channel = Files.newByteChannel(path);
    size = channel.size();
  }

  long size() {
    return size;
  }

  long position() {
    return bufferEnd - buffer.remaining();
  }

  void seek(long position) {
    long bufferStart = bufferEnd - buffer.limit();
    if (position >= bufferStart && position <= bufferEnd) {
      buffer.position((int) (position - bufferStart));
    } else {
      buffer.limit(0);
      bufferEnd = position;
    }
  }

  void skip(long bytes) {
    require(bytes);
    seek(position() + bytes);
  }

  int readByte() throws IOException {
    fill(1);
    return buffer.get();
  }

  short readShort() throws IOException {
    fill(2);
    return buffer.getShort();
  }

  int readInt() throws IOException {
    fill(4);
    return buffer.getInt();
  }

  long readLong() throws IOException {
    fill(8);
    return buffer.getLong();
  }

  /** Reads into part of an array. The caller has checked the length with {@link #require}. */
  void read(byte[] bytes, int from, int to) throws IOException {
    int at = from;
    while (at < to) {
      fill(1);
      int count = Math.min(to - at, buffer.remaining());
      buffer.get(bytes, at, count);
      at += count;
    }
  }

  /** Reads the last bytes of the file, at most the given number. Does not change the position. */
  byte[] readEnd(int max) throws IOException {
    ByteBuffer end = ByteBuffer.allocate((int) Math.min(max, size));
    channel.position(size - end.capacity());
    while (end.hasRemaining() && channel.read(end) >= 0) {}
    return Arrays.copyOf(end.array(), end.position());
  }

  /** Reads the length of a string or the number of elements of an array. */
  int readLength(String what, int max) throws IOException {
    long length = readLong();
    if (length < 0 || length > max) {
      throw damaged(
          "has %s of %s, more than %d%s"
              .formatted(what, Long.toUnsignedString(length), max, where()));
    }
    return (int) length;
  }

  /** Reads a string and removes its mask. */
  byte[] readString(String what, int max) throws IOException {
    int length = readLength(what, max);
    require(length);
    byte[] bytes = new byte[length];
    read(bytes, 0, length);
    StringMask.remove(bytes, 0, length);
    return bytes;
  }

  /**
   * Checks that the file has the given number of further bytes, and that the directory does not
   * exceed its limit.
   */
  void require(long bytes) {
    long left = size - position();
    if (bytes > left) {
      throw damaged("is cut off: %d more bytes were expected%s".formatted(bytes - left, where()));
    }
    if (position() + bytes > MAX_DIRECTORY) {
      throw damaged("has a directory of more than " + MAX_DIRECTORY + " bytes");
    }
  }

  private void fill(int bytes) throws IOException {
    if (buffer.remaining() >= bytes) {
      return;
    }
    require(bytes);
    long position = position();
    buffer.compact();
    channel.position(bufferEnd);
    while (buffer.position() < bytes) {
      int read = channel.read(buffer);
      if (read < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
    }
    buffer.flip();
    bufferEnd = position + buffer.remaining();
  }

  String where() {
    return " at byte " + position();
  }

  ModelFileException damaged(String problem) {
    return new ModelFileException(
        ModelFileException.Kind.DAMAGED,
        path,
        problem + "; the file is damaged or incomplete, copy or download it again",
        null);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
