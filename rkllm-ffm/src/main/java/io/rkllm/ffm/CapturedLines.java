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
 * Splits captured bytes into lines, passes them on, and keeps the last warnings and errors. One
 * thread supplies the bytes; any thread may query. Keeps a bounded number of lines.
 */
final class CapturedLines {
  /** Begins a line that the SDK inserts to mark a position in the stream. */
  private static final String FENCE = "\u0001rkllm fence ";

  /** Matches errors and warnings of the runtime and of the NPU layer below it. */
  private static final Pattern COMPLAINT = Pattern.compile("[EW] (rkllm|RKNN)\\b");

  private static final int MAX_LINE = 16 << 10;
  private static final int MAX_COMPLAINTS = 64;

  private final Consumer<String> lines;
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
  private final Lock lock = new ReentrantLock();
  private final Condition fencePassed = lock.newCondition();

  /** Guarded by the lock, as are all fields below. */
  private final Deque<Complaint> complaints = new ArrayDeque<>();

  private long count;
  private long lastFence;
  private long nextFence;

  private record Complaint(long number, String text) {}

  /**
   * @param lines receives each line, on the thread that supplies the bytes
   */
  CapturedLines(Consumer<String> lines) {
    this.lines = lines;
  }

  /** Adds bytes. */
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

  /** Passes on the remaining bytes as a line. */
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

  /** Returns whether a line is a warning or an error of the runtime. */
  static boolean isComplaint(String line) {
    return COMPLAINT.matcher(line).lookingAt() || isOverflow(line);
  }

  /** Returns whether a line reports that a prompt is longer than the context, with the numbers. */
  static boolean isOverflow(String line) {
    return line.contains("prompt gather than max context");
  }

  /** Returns the number of lines so far. */
  long count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the warnings and errors after the given number of lines, oldest first. */
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

  /** Returns the number of a new fence. */
  long newFence() {
    lock.lock();
    try {
      return ++nextFence;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the bytes of a fence. The leading line break ends an incomplete line. */
  static byte[] fenceBytes(long fence) {
    return ("\n" + FENCE + fence + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Waits until all output before the fence has been processed. Returns false if the time elapsed
   * first.
   */
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
      // The line is not a fence of this object.
    } finally {
      lock.unlock();
    }
  }
}
