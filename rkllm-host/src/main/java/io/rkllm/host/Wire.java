package io.rkllm.host;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A socket that carries frames in both directions. Any thread may send; one thread receives. An
 * interrupt of a thread that sends or receives would close the socket, so the status is cleared
 * first, and lost.
 */
final class Wire implements Closeable {
  /** The version of the protocol, which both sides must share. */
  static final int VERSION = 1;

  /** The largest body. The longest text that a runtime accepts is shorter. */
  static final int MAX_BODY = 128 << 20;

  private static final int BUFFER = 64 << 10;
  private static final int LARGEST_WRITE = 1 << 30;

  private final SocketChannel channel;
  private final Lock sending = new ReentrantLock();
  private final ByteBuffer received = ByteBuffer.allocateDirect(BUFFER).flip();

  Wire(SocketChannel channel) {
    this.channel = channel;
  }

  /** Sends a frame. Blocks while the other side does not read. */
  void send(FrameWriter frame) throws IOException {
    sending.lock();
    try {
      write(frame.head());
      for (MemorySegment floats : frame.floats()) {
        for (long at = 0; at < floats.byteSize(); at += LARGEST_WRITE) {
          long size = Math.min(LARGEST_WRITE, floats.byteSize() - at);
          write(floats.asSlice(at, size).asByteBuffer());
        }
      }
    } catch (RuntimeException | Error half) {
      channel.close(); // what follows half a frame would be taken for its rest
      throw half;
    } finally {
      sending.unlock();
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      boolean _ = Thread.interrupted();
      channel.write(bytes);
    }
  }

  /**
   * Receives a frame. Blocks until there is one.
   *
   * @return null if the other side has closed the connection between two frames
   * @throws MalformedFrameException if it is not one that the decoder accepts
   */
  <T> @Nullable T receive(Function<FrameReader, T> decoder) throws IOException {
    if (!fill(FrameWriter.HEADER)) {
      return null;
    }
    int length = received.getInt();
    int type = received.get();
    if (length < 0 || length > MAX_BODY) {
      throw new MalformedFrameException("frame of type " + type + " and length " + length);
    }
    FrameReader frame = new FrameReader(type, ByteBuffer.wrap(body(length)));
    T message = decoder.apply(frame);
    frame.requireEnd();
    for (MemorySegment floats : frame.floats()) {
      receiveInto(floats);
    }
    return message;
  }

  /** Receives raw bytes that a frame has announced. */
  void receiveInto(MemorySegment target) throws IOException {
    for (long at = 0; at < target.byteSize(); ) {
      long size = Math.min(LARGEST_WRITE, target.byteSize() - at);
      ByteBuffer part = target.asSlice(at, size).asByteBuffer();
      drain(part);
      while (part.hasRemaining()) {
        read(part);
      }
      at += size;
    }
  }

  /** Reads a body, whose memory grows only as its bytes arrive. */
  private byte[] body(int length) throws IOException {
    byte[] body = new byte[Math.min(length, BUFFER)];
    for (int have = 0; have < length; ) {
      if (have == body.length) {
        body = Arrays.copyOf(body, (int) Math.min(length, 2L * have));
      }
      ByteBuffer part = ByteBuffer.wrap(body, have, body.length - have);
      if (!fill(1)) {
        throw new EOFException("the connection ended inside a frame");
      }
      drain(part);
      have = part.position();
    }
    return body;
  }

  private void drain(ByteBuffer target) {
    int count = Math.min(target.remaining(), received.remaining());
    target.put(received.slice(received.position(), count));
    received.position(received.position() + count);
  }

  /** Reads until the buffer has this many bytes. Returns false at the end, if it has none. */
  private boolean fill(int count) throws IOException {
    if (received.remaining() >= count) {
      return true;
    }
    boolean inside = received.hasRemaining();
    received.compact();
    try {
      while (received.position() < count) {
        boolean _ = Thread.interrupted();
        if (channel.read(received) < 0) {
          if (inside || received.position() > 0) {
            throw new EOFException("the connection ended inside a frame");
          }
          return false;
        }
      }
    } finally {
      received.flip();
    }
    return true;
  }

  private void read(ByteBuffer target) throws IOException {
    boolean _ = Thread.interrupted();
    if (channel.read(target) < 0) {
      throw new EOFException("the connection ended inside a frame");
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
