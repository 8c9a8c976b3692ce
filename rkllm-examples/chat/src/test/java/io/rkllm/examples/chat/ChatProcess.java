package io.rkllm.examples.chat;

import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The chat program in a JVM of its own, between pipes. Every wait is bounded and says what it saw.
 */
final class ChatProcess implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Process process;
  private final Stream output;
  private final Stream errors;

  private ChatProcess(Process process) {
    this.process = process;
    this.output = new Stream(process.getInputStream());
    this.errors = new Stream(process.getErrorStream());
  }

  /**
   * Starts the program under {@code LC_ALL=C}, in which nothing but ASCII would come through by
   * itself.
   */
  static ChatProcess start(String... options) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                // Where this test runs in the background of a shell, SIGINT is ignored, and that is
                // inherited.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ChatProgram.class.getName()));
    command.addAll(List.of(options));
    var builder = new ProcessBuilder(command);
    builder.environment().put("LC_ALL", "C");
    return new ChatProcess(builder.start());
  }

  /** Types lines. */
  void say(String... lines) throws IOException {
    for (String line : lines) {
      sayBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  void sayBytes(byte[] bytes) throws IOException {
    process.getOutputStream().write(bytes);
    process.getOutputStream().flush();
  }

  void endInput() throws IOException {
    process.getOutputStream().close();
  }

  /** Closes the reading end of the program's standard output. */
  void stopReading() throws IOException {
    process.getInputStream().close();
  }

  /** Waits until the program has printed this, the given number of times. */
  void awaitOutput(String text, int times) throws InterruptedException {
    output.await(text, times, this::toString);
  }

  void awaitOutput(String text) throws InterruptedException {
    awaitOutput(text, 1);
  }

  void awaitErrors(String text) throws InterruptedException {
    errors.await(text, 1, this::toString);
  }

  /** Sends a signal, such as {@code INT}, if it still runs. */
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  /** Returns whether the process ends within the given time. */
  boolean hasEnded(Duration within) throws InterruptedException {
    return process.waitFor(within);
  }

  /** Waits for the end and gives the exit status. */
  int awaitExit() throws InterruptedException {
    if (!process.waitFor(TIMEOUT)) {
      fail("the program does not end; it printed:%n%s", this);
    }
    output.awaitEnd();
    errors.awaitEnd();
    return process.exitValue();
  }

  /** Standard output so far, line by line. */
  List<String> lines() {
    return output.text().lines().toList();
  }

  String output() {
    return output.text();
  }

  String errors() {
    return errors.text();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  @Override
  public String toString() {
    return output.text() + "--- errors:\n" + errors.text();
  }

  /** Collects what comes out of a pipe. */
  private static final class Stream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Thread reader;

    Stream(InputStream in) {
      reader = Thread.ofVirtual().start(() -> collect(in));
    }

    private void collect(InputStream in) {
      byte[] buffer = new byte[8192];
      try {
        for (int n; (n = in.read(buffer)) > 0; ) {
          synchronized (this) {
            bytes.write(buffer, 0, n);
            notifyAll();
          }
        }
      } catch (IOException e) {
        // closed from this side
      }
    }

    synchronized String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }

    synchronized void await(String text, int times, Supplier<String> seen)
        throws InterruptedException {
      long deadline = System.nanoTime() + TIMEOUT.toNanos();
      while (text().split(Pattern.quote(text), -1).length <= times) {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (millis <= 0) {
          fail("'%s' did not come %d times; what came:%n%s", text, times, seen.get());
        }
        wait(millis);
      }
    }

    void awaitEnd() throws InterruptedException {
      reader.join(TIMEOUT);
    }
  }
}
