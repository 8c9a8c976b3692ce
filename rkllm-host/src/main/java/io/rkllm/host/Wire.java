package io.rkllm.host;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A socket that carries frames in both directions. Any thread may send; one thread receives. An
 * interrupt of a thread that sends or receives would close the socket, so the status is cleared
 * first; it is restored after sending, and lost when receiving.
 */
final class Wire implements Closeable {
  /** The version of the protocol, which both sides must share. */
  static final int VERSION = 1;

  /**
   * The largest body, several of which fit into the heap of a child. The longest text that fits
   * into a context is shorter.
   */
  static final int MAX_BODY = 32 << 20;

  /** As many bytes of floats are allocated before any has arrived. */
  private static final int FIRST_FLOATS = 16 << 20;

  private static final int BUFFER = 64 << 10;
  private static final int LARGEST_WRITE = 1 << 30;

  private final SocketChannel channel;
  private final Lock sending = new ReentrantLock();
  private final ByteBuffer received = ByteBuffer.allocateDirect(BUFFER).flip();

  Wire(SocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Sends a frame. Blocks while the other side does not read.
   *
   * @throws IllegalArgumentException if the frame is too long; nothing is sent then
   */
  void send(FrameWriter frame) throws IOException {
    ByteBuffer head = frame.head();
    sending.lock();
    try {
      writeAll(head, frame.floats());
    } finally {
      sending.unlock();
    }
  }

  /** Sends a frame unless another is being sent. Returns whether it was sent. */
  boolean sendUnlessBusy(FrameWriter frame) throws IOException {
    ByteBuffer head = frame.head();
    if (!sending.tryLock()) {
      return false;
    }
    try {
      writeAll(head, frame.floats());
      return true;
    } finally {
      sending.unlock();
    }
  }

  private void writeAll(ByteBuffer head, List<MemorySegment> allFloats) throws IOException {
    try {
      write(head);
      for (MemorySegment floats : allFloats) {
        for (long at = 0; at < floats.byteSize(); at += LARGEST_WRITE) {
          long size = Math.min(LARGEST_WRITE, floats.byteSize() - at);
          write(floats.asSlice(at, size).asByteBuffer());
        }
      }
    } catch (RuntimeException | Error half) {
      channel.close(); // what follows half a frame would be taken for its rest
      throw half;
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    boolean interrupted = false;
    try {
      while (bytes.hasRemaining()) {
        interrupted |= Thread.interrupted();
        channel.write(bytes);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
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
    FrameReader frame = new FrameReader(type, ByteBuffer.wrap(body(length)), this::receiveFloats);
    try {
      T message = decoder.apply(frame);
      frame.requireEnd();
      return message;
    } catch (UncheckedIOException e) {
      frame.closeFloats();
      throw e.getCause();
    } catch (MalformedFrameException e) {
      frame.closeFloats();
      throw e;
    } catch (RuntimeException e) { // a value that its class does not accept
      frame.closeFloats();
      throw frame.malformed(e.toString());
    }
  }

  /**
   * Receives floats that a frame has announced. The whole memory is allocated only when half of it
   * has arrived, since the other side may announce more than it sends.
   */
  MemorySegment receiveFloats(long bytes, LongFunction<MemorySegment> allocator)
      throws IOException {
    if (bytes <= FIRST_FLOATS) {
      MemorySegment floats = allocator.apply(bytes);
      receiveInto(floats);
      return floats;
    }
    try (Arena meanwhile = Arena.ofConfined()) {
      MemorySegment half = receiveFloats(bytes / 2, meanwhile::allocate);
      MemorySegment floats = allocator.apply(bytes).copyFrom(half);
      receiveInto(floats.asSlice(half.byteSize()));
      return floats;
    }
  }

  private void receiveInto(MemorySegment target) throws IOException {
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
