package io.rkllm.examples.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Restores the arguments of the command line regardless of the locale. Under {@code LANG=C}, the
 * JVM decodes its command line as ASCII and replaces every other byte with U+FFFD. The original
 * bytes are available from Linux.
 */
public final class Utf8Arguments {
  private Utf8Arguments() {}

  /** Returns the arguments given to {@code main}, restored where the JVM lost characters. */
  public static String[] restored(String[] arguments) {
    if (Arrays.stream(arguments).noneMatch(argument -> argument.contains("\uFFFD"))) {
      return arguments;
    }
    // The program's arguments are the last of the line, after those of the JVM.
    List<String> line = commandLine(ProcessHandle.current());
    int first = line.size() - arguments.length;
    return first < 0 ? arguments : line.subList(first, line.size()).toArray(String[]::new);
  }

  /**
   * Returns the value of the last {@code -Dname=value} on the command line of a process, if it can
   * be read.
   */
  public static Optional<String> property(ProcessHandle process, String name) {
    String option = "-D" + name + "=";
    return commandLine(process).stream()
        .filter(argument -> argument.startsWith(option))
        .map(argument -> argument.substring(option.length()))
        .reduce((earlier, later) -> later);
  }

  /**
   * Returns the command line of a process, in which each argument ends with a NUL. Empty if there
   * is no such file, or it is not UTF-8.
   */
  private static List<String> commandLine(ProcessHandle process) {
    try {
      String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
      return line.isEmpty()
          ? List.of()
          : List.of(line.substring(0, line.length() - 1).split("\0", -1));
    } catch (IOException e) {
      return List.of();
    }
  }
}
