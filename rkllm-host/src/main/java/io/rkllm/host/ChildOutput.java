package io.rkllm.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The standard output and error of a child. What native code prints is passed on to the standard
 * output of this process; a crash report of the JVM is logged at level DEBUG instead. The last
 * lines explain the end of the child. Thread-safe.
 */
final class ChildOutput {
  private static final Logger LOG = LoggerFactory.getLogger(ChildOutput.class);
  private static final String REPORT = "# A fatal error has been detected by the Java Runtime";
  private static final Pattern SIGNAL = Pattern.compile("#\\s+(SIG[A-Z]+) \\(0x.*");
  private static final Pattern FRAME = Pattern.compile("# [CVJjv]\\s+(\\[.*|.*)");
  private static final Map<Integer, String> SIGNALS =
      Map.of(
          4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV", 15,
          "SIGTERM");
  private static final int SIGNALED = 128; // added to the signal in an exit status
  private static final int LAST_LINES = 10;
  private static final int LONGEST_LINE = 1000;

  private final long pid;
  private final CountDownLatch ended = new CountDownLatch(1);

  // Guarded by this:
  private final Deque<String> lastLines = new ArrayDeque<>();
  private boolean inReport;
  private @Nullable String signal;
  private @Nullable String frame;

  ChildOutput(long pid) {
    this.pid = pid;
  }

  /** Reads to the end. Run by a thread of its own, without which native code would block. */
  void readAll(BufferedReader lines) {
    try (lines) {
      for (String line; (line = lines.readLine()) != null; ) {
        accept(line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) : line);
      }
    } catch (IOException e) {
      LOG.debug("the output of process {} cannot be read any more", pid, e);
    } finally {
      ended.countDown();
    }
  }

  private void accept(String line) {
    if (remember(line)) {
      LOG.debug("{}: {}", pid, line);
    } else {
      System.out.println(line);
    }
  }

  /** Remembers a line. Returns whether it belongs to a crash report. */
  synchronized boolean remember(String line) {
    if (line.startsWith(REPORT)) {
      inReport = true;
    }
    if (!inReport) {
      if (!line.equals("#") && !line.isBlank()) {
        lastLines.addLast(line);
      }
      if (lastLines.size() > LAST_LINES) {
        lastLines.removeFirst();
      }
      return line.equals("#");
    }
    Matcher signalLine = SIGNAL.matcher(line);
    if (signal == null && signalLine.matches()) {
      signal = signalLine.group(1);
    }
    Matcher frameLine = FRAME.matcher(line);
    if (frame == null && frameLine.matches()) {
      frame = frameLine.group(1).strip();
    }
    return true;
  }

  /** Waits until everything was read, for a limited time. */
  void awaitEnd() throws InterruptedException {
    boolean _ = ended.await(1, TimeUnit.SECONDS);
  }

  /**
   * Describes how the child ended, with the last lines that it printed.
   *
   * @param reason why it was ended, or null if it ended by itself
   */
  synchronized String describe(@Nullable String reason, int status) {
    String end = reason == null ? endedBy(status) : reason;
    return lastLines.isEmpty()
        ? end
        : end + "; its last lines were: " + String.join(" | ", lastLines);
  }

  private String endedBy(int status) {
    List<String> parts = new ArrayList<>();
    String name = signal != null ? signal : SIGNALS.get(status - SIGNALED);
    if (name != null) {
      parts.add("the process of the model was ended by " + name);
    } else {
      parts.add("the process of the model ended");
    }
    if (frame != null) {
      parts.add(" in " + frame);
    }
    parts.add(" (exit status " + status + ")");
    if (name != null && name.equals("SIGKILL")) {
      parts.add("; the system may have run out of memory");
    }
    return String.join("", parts);
  }
}
