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
 * A process that measures something and prints figures: lines that begin with {@code @}, between
 * whatever native code prints. Each client of the runtime gets one of its own, so that none runs in
 * a JVM that was warmed up by another.
 */
public final class Child {
  private static final String SIGN = "@ ";
  private final List<String> command;

  private Child(List<String> command) {
    this.command = command;
  }

  /**
   * A process as it was seen from outside.
   *
   * @param firstAfterMillis from the start of the process until its first line of figures was read
   * @param figures one array a line
   */
  public record Run(double firstAfterMillis, List<double[]> figures) {}

  /** A JVM like this one. */
  public static Child java(Class<?> main, Object... arguments) {
    return java(List.of(), main, arguments);
  }

  /** A JVM like this one with more options. */
  public static Child java(List<String> options, Class<?> main, Object... arguments) {
    return java(System.getProperty("java.class.path"), options, main, arguments);
  }

  /** A JVM like this one with another class path. */
  public static Child java(
      String classPath, List<String> options, Class<?> main, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main.getName()));
    return of(command, arguments);
  }

  /** A C program of {@code src/main/c}, compiled as a release would be. */
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

  /** A Python script of {@code src/main/python}. */
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

  /** Runs it to its end; one array of figures a line. */
  public List<double[]> figures() throws IOException {
    return run().figures();
  }

  /** The first figure of each line. */
  public double[] column() throws IOException {
    return figures().stream().mapToDouble(figures -> figures[0]).toArray();
  }

  /** Runs it to its end, with an eye on the clock. */
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

  /** For the process itself: prints a line of figures. */
  public static void print(double... figures) {
    StringBuilder line = new StringBuilder(SIGN);
    for (double figure : figures) {
      line.append(figure).append(' ');
    }
    System.out.println(line.toString().strip());
  }
}
