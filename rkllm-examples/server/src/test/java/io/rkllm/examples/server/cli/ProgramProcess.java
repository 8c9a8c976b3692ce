package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.RkllmProgram;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.awaitility.core.ConditionTimeoutException;

/** The program in a JVM of its own, between pipes. Every wait is bounded and says what it saw. */
final class ProgramProcess implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Process process;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final List<Thread> readers = new ArrayList<>();

  private ProgramProcess(Process process) {
    this.process = process;
    readers.add(Thread.startVirtualThread(() -> collect(process.getInputStream(), output)));
    readers.add(Thread.startVirtualThread(() -> collect(process.getErrorStream(), errors)));
  }

  static ProgramProcess start(String... arguments) throws IOException {
    return start(Map.of(), arguments);
  }

  static ProgramProcess start(Map<String, String> environment, String... arguments)
      throws IOException {
    return start(List.of(), List.of(), environment, arguments);
  }

  /**
   * Under {@code LC_ALL=C}, in which nothing but ASCII would come through by itself.
   *
   * @param wrapper what starts Java, such as a tracer
   * @param options of Java
   */
  static ProgramProcess start(
      List<String> wrapper,
      List<String> options,
      Map<String, String> environment,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add("env");
    command.add("--default-signal=INT"); // which a test in the background would inherit as ignored
    command.addAll(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(RkllmProgram.class.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LC_ALL", "C");
    builder.environment().keySet().removeIf(name -> name.startsWith("RKLLM_"));
    builder.environment().putAll(environment);
    return new ProgramProcess(builder.start());
  }

  private static void collect(InputStream in, ByteArrayOutputStream into) {
    try {
      in.transferTo(into);
    } catch (IOException e) {
      // closed from this side
    }
  }

  ProgramProcess say(String... lines) throws IOException {
    for (String line : lines) {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
    process.getOutputStream().flush();
    return this;
  }

  /** Presses keys; {@code \r} is Enter. */
  ProgramProcess type(String keys) throws IOException {
    process.getOutputStream().write(keys.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    return this;
  }

  ProgramProcess endInput() throws IOException {
    process.getOutputStream().close();
    return this;
  }

  /** Closes the reading end of its standard output. */
  void stopReading() throws IOException {
    process.getInputStream().close();
  }

  void awaitOutput(String text) {
    awaitText(text, this::output);
  }

  void awaitErrors(String text) {
    awaitText(text, this::errors);
  }

  private void awaitText(String text, Supplier<String> printed) {
    try {
      await(text).atMost(TIMEOUT).until(() -> printed.get().contains(text));
    } catch (ConditionTimeoutException e) {
      fail("'%s' did not come; it printed:%n%s%n%s".formatted(text, output(), errors()), e);
    }
  }

  /** Sends a signal to the program itself, which a wrapper has started. */
  void signalWrapped(String name) throws IOException, InterruptedException {
    ProcessHandle java =
        process
            .descendants()
            .filter(child -> child.info().command().orElse("").endsWith("/java"))
            .findAny()
            .orElseThrow();
    new ProcessBuilder("kill", "-" + name, Long.toString(java.pid())).start().waitFor();
  }

  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  boolean hasEnded(Duration within) throws InterruptedException {
    return process.waitFor(within);
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Waits for the end and gives the exit status. */
  int exit() throws InterruptedException {
    if (!process.waitFor(TIMEOUT)) {
      fail("the program does not end; it printed:%n%s%n%s", output(), errors());
    }
    for (Thread reader : readers) {
      reader.join(TIMEOUT);
    }
    return process.exitValue();
  }

  String output() {
    return output.toString(StandardCharsets.UTF_8);
  }

  String errors() {
    return errors.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
