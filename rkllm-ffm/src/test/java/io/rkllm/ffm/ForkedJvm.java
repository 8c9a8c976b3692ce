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
 * A JVM of its own, for what might end one or changes a process for good. Waits for a bounded time.
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
   * How it ended.
   *
   * @param exitCode its exit code; above 128 where a signal ended it
   */
  record Result(int exitCode, String out, String err) {
    /** For messages of assertions. */
    String describe() {
      return "exit code %d%n--- out%n%s%n--- err%n%s".formatted(exitCode, out, err);
    }
  }

  /**
   * @param folder where its output is kept and core dumps would go
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

  /** One more option of the JVM; a later one goes before an earlier one. */
  ForkedJvm option(String option) {
    options.add(option);
    return this;
  }

  /** For one that has much to do: how long it may take. */
  ForkedJvm within(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /** One more environment variable. */
  ForkedJvm variable(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Runs to the end, standard output going into a pipe. */
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

  /** Starts it, for a test that watches it while it runs. */
  Process start(String... arguments) throws IOException {
    return builder(arguments).start();
  }

  /** Runs to the end, standard output going into a file. */
  Result runWithOutputInFile(String... arguments) throws IOException, InterruptedException {
    Path out = folder.resolve("out.txt");
    Process process = builder(arguments).redirectOutput(out.toFile()).start();
    int exitCode = await(process);
    return new Result(exitCode, Files.readString(out), err());
  }

  /** Runs to the end, without a standard output. */
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
