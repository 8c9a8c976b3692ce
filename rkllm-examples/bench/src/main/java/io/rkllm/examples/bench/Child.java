package io.rkllm.examples.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A child process that runs a benchmark and prints its results on lines that begin with {@code @},
 * between the output of native code. Each client of the runtime runs in its own process, so that
 * none profits from a JVM that was warmed up by another.
 */
public final class Child {
  private static final String SIGN = "@ ";
  private final List<String> command;

  private Child(List<String> command) {
    this.command = command;
  }

  /**
   * The results of a process.
   *
   * @param firstAfterMillis the time from the start of the process until its first line of results
   *     was read
   * @param figures one array for each line
   */
  public record Run(double firstAfterMillis, List<double[]> figures) {}

  /** Returns a child that runs the same JVM. */
  public static Child java(Class<?> main, Object... arguments) {
    return java(List.of(), main, arguments);
  }

  /** Returns a child that runs the same JVM with additional options. */
  public static Child java(List<String> options, Class<?> main, Object... arguments) {
    return java(System.getProperty("java.class.path"), options, main, arguments);
  }

  /** Returns a child that runs the same JVM with another class path. */
  public static Child java(
      String classPath, List<String> options, Class<?> main, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main.getName()));
    return of(command, arguments);
  }

  /** Returns a child that runs a C program of {@code src/main/c}, compiled with optimization. */
  public static Child c(String name, Object... arguments) throws IOException {
    Path source = sources().resolve("c").resolve(name + ".c");
    Path program = sources().resolve("../../target").resolve(name).normalize();
    Path headers = sources().resolve("../../../../native/include/rkllm/v1_3_1").normalize();
    run(
        List.of(
            "gcc",
            "-O2",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-D_GNU_SOURCE",
            "-I" + headers,
            source.toString(),
            "-o",
            program.toString(),
            "-lm",
            "-ldl"));
    return of(List.of(program.toString()), arguments);
  }

  /** Returns a child that runs a Python script of {@code src/main/python}. */
  public static Child python(String name, Object... arguments) throws IOException {
    run(List.of("python3", "--version"));
    Path script = sources().resolve("python").resolve(name + ".py");
    return of(List.of("python3", script.toString()), arguments);
  }

  private static Child of(List<String> command, Object... arguments) {
    return new Child(
        Stream.concat(command.stream(), Arrays.stream(arguments).map(Object::toString)).toList());
  }

  static Path sources() {
    return Path.of(System.getProperty("rkllm.bench.sources"));
  }

  private static void run(List<String> command) throws IOException {
    new Child(command).run();
  }

  /** Runs the process to its end and returns one array of results for each line. */
  public List<double[]> figures() throws IOException {
    return run().figures();
  }

  /** Runs the process to its end and returns the first result of each line. */
  public double[] column() throws IOException {
    return figures().stream().mapToDouble(figures -> figures[0]).toArray();
  }

  /** Runs the process to its end and measures the time. */
  public Run run() throws IOException {
    Path errors = Files.createTempFile("rkllm-bench", ".log");
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try (BufferedReader reader = process.inputReader()) {
      List<double[]> figures = new ArrayList<>();
      double first = Double.NaN;
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith(SIGN)) {
          first = figures.isEmpty() ? (System.nanoTime() - start) / 1e6 : first;
          figures.add(parse(line));
        }
      }
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException(
            command.getFirst() + " ended with " + code + ": " + Files.readString(errors).strip());
      }
      return new Run(first, figures);
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
      Files.delete(errors);
    }
  }

  private static double[] parse(String line) {
    String[] numbers = line.substring(SIGN.length()).split(" ");
    return Arrays.stream(numbers).mapToDouble(Double::parseDouble).toArray();
  }

  /** Prints a line of results. Called in the child process. */
  public static void print(double... figures) {
    StringBuilder line = new StringBuilder(SIGN);
    for (double figure : figures) {
      line.append(figure).append(' ');
    }
    System.out.println(line.toString().strip());
  }
}
