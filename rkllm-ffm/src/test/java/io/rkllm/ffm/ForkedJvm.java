package io.rkllm.ffm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A separate JVM, for code that might end it or permanently changes the process. Waits for a
 * limited time.
 */
final class ForkedJvm {
  private static final Duration TIMEOUT =
      Duration.ofSeconds(Integer.getInteger("rkllm.test.jvm.timeout", 60));

  private final Class<?> main;
  private final List<String> options = new ArrayList<>();
  private final Map<String, String> environment = new TreeMap<>();
  private final Path folder;
  private Duration timeout = TIMEOUT;

  /**
   * The result of a JVM.
   *
   * @param exitCode its exit code; above 128 if it was ended by a signal
   */
  record Result(int exitCode, String out, String err) {
    /** Returns a description for assertion messages. */
    String describe() {
      return "exit code %d%n--- out%n%s%n--- err%n%s".formatted(exitCode, out, err);
    }
  }

  /**
   * @param folder the folder for its output, and for core dumps
   * @param main a class with a main method
   */
  ForkedJvm(Path folder, Class<?> main) {
    this.folder = folder;
    this.main = main;
    options.add("--illegal-native-access=allow");
    options.add("-XX:TieredStopAtLevel=1");
    options.add("-XX:+UseSerialGC");
    options.add("-Dstdout.encoding=UTF-8");
    options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith("rkllm.test.")) {
        options.add("-D" + name + "=" + System.getProperty(name));
      }
    }
  }

  /** Adds an option of the JVM, which precedes earlier ones. */
  ForkedJvm option(String option) {
    options.add(option);
    return this;
  }

  /** Sets the time limit, for a program that takes long. */
  ForkedJvm within(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /** Adds an environment variable. */
  ForkedJvm variable(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Runs to the end, with a pipe as standard output. */
  Result run(String... arguments) throws IOException, InterruptedException {
    Process process = builder(arguments).start();
    StringBuilder out = new StringBuilder();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    out.append(
                        new String(
                            process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                  } catch (IOException e) {
                    out.append(e);
                  }
                });
    int exitCode = await(process);
    reader.join();
    return new Result(exitCode, out.toString(), err());
  }

  /** Starts the JVM, for a test that observes it while it runs. */
  Process start(String... arguments) throws IOException {
    return builder(arguments).start();
  }

  /** Runs to the end, with a file as standard output. */
  Result runWithOutputInFile(String... arguments) throws IOException, InterruptedException {
    Path out = folder.resolve("out.txt");
    Process process = builder(arguments).redirectOutput(out.toFile()).start();
    int exitCode = await(process);
    return new Result(exitCode, Files.readString(out), err());
  }

  /** Runs to the end, without standard output. */
  Result runWithOutputClosed(String... arguments) throws IOException, InterruptedException {
    ProcessBuilder builder = builder(arguments);
    List<String> closing = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >&-", "sh"));
    closing.addAll(builder.command());
    return new Result(await(builder.command(closing).start()), "", err());
  }

  private ProcessBuilder builder(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-XX:ErrorFile=" + folder.resolve("crash.log"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(folder.resolve("err.txt").toFile());
    builder.environment().remove("RKLLM_LIBRARY_PATH");
    builder.environment().remove("LD_LIBRARY_PATH");
    builder.environment().putAll(environment);
    return builder;
  }

  private int await(Process process) throws InterruptedException {
    if (!process.waitFor(timeout)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("the forked JVM did not end within " + timeout);
    }
    return process.exitValue();
  }

  private String err() throws IOException {
    return Files.readString(folder.resolve("err.txt"));
  }
}
