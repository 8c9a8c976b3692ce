package io.rkllm.ffm;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Cuts captured bytes into lines, hands them on, and remembers the last complaints among them. One
 * thread brings bytes; any may ask. Holds a bounded number of lines.
 */
final class CapturedLines {
  /** Starts a line of our own that tells where in the stream somebody asked. */
  private static final String FENCE = "\u0001rkllm fence ";

  /** Errors and warnings, of the runtime and of the NPU's layer below it. */
  private static final Pattern COMPLAINT = Pattern.compile("[EW] (rkllm|RKNN)\\b");

  private static final int MAX_LINE = 16 << 10;
  private static final int MAX_COMPLAINTS = 64;

  private final Consumer<String> lines;
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
  private final Lock lock = new ReentrantLock();
  private final Condition fencePassed = lock.newCondition();

  /** Guarded by the lock, as all below. */
  private final Deque<Complaint> complaints = new ArrayDeque<>();

  private long count;
  private long lastFence;
  private long nextFence;

  private record Complaint(long number, String text) {}

  /**
   * @param lines gets each line, on the thread that brings the bytes
   */
  CapturedLines(Consumer<String> lines) {
    this.lines = lines;
  }

  /** Takes the next bytes. */
  void accept(byte[] bytes, int length) {
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] == '\n') {
        unfinished.write(bytes, start, i - start);
        endLine();
        start = i + 1;
      }
    }
    unfinished.write(bytes, start, length - start);
    if (unfinished.size() > MAX_LINE) {
      endLine();
    }
  }

  /** Takes what is left as a line. */
  void finish() {
    endLine();
  }

  private void endLine() {
    String line = unfinished.toString(StandardCharsets.UTF_8).stripTrailing();
    unfinished.reset();
    if (line.startsWith(FENCE)) {
      passFence(line.substring(FENCE.length()));
    } else if (!line.isEmpty()) {
      remember(line);
      lines.accept(line);
    }
  }

  private void remember(String line) {
    lock.lock();
    try {
      count++;
      if (isComplaint(line)) {
        complaints.addLast(new Complaint(count, line));
        if (complaints.size() > MAX_COMPLAINTS) {
          complaints.removeFirst();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the runtime warns or complains. */
  static boolean isComplaint(String line) {
    return COMPLAINT.matcher(line).lookingAt() || isOverflow(line);
  }

  /** Whether the runtime says that a prompt is longer than the context, and by how much. */
  static boolean isOverflow(String line) {
    return line.contains("prompt gather than max context");
  }

  /** How many lines there were so far. */
  long count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** The complaints after that many lines, the oldest first. */
  List<String> complaintsSince(long mark) {
    lock.lock();
    try {
      List<String> since = new ArrayList<>();
      for (Complaint complaint : complaints) {
        if (complaint.number > mark) {
          since.add(complaint.text);
        }
      }
      return since;
    } finally {
      lock.unlock();
    }
  }

  /** A number for a new fence. */
  long newFence() {
    lock.lock();
    try {
      return ++nextFence;
    } finally {
      lock.unlock();
    }
  }

  /** The bytes of a fence. The line break before it ends a line that is still unfinished. */
  static byte[] fenceBytes(long fence) {
    return ("\n" + FENCE + fence + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Waits until all that was written before the fence has been taken, or the time is over. */
  boolean awaitFence(long fence, Duration timeout) throws InterruptedException {
    long nanos = timeout.toNanos();
    lock.lock();
    try {
      while (lastFence < fence) {
        if (nanos <= 0) {
          return false;
        }
        nanos = fencePassed.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void passFence(String number) {
    lock.lock();
    try {
      lastFence = Math.max(lastFence, Long.parseLong(number));
      fencePassed.signalAll();
    } catch (NumberFormatException e) {
      // Not one of ours after all; nobody waits for it.
    } finally {
      lock.unlock();
    }
  }
}
