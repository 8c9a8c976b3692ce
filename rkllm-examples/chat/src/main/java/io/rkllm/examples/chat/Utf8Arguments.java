package io.rkllm.examples.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Arguments as they were typed, whatever the locale. Under {@code LANG=C} a JVM takes its command
 * line for ASCII and makes U+FFFD of every other byte; Linux still has the bytes.
 */
public final class Utf8Arguments {
  private Utf8Arguments() {}

  /** The arguments given to {@code main}, restored where the JVM lost characters. */
  public static String[] restored(String[] arguments) {
    if (Arrays.stream(arguments).noneMatch(argument -> argument.contains("\uFFFD"))) {
      return arguments;
    }
    // Ours are the last of the line; before them stand the JVM's.
    List<String> line = commandLine(ProcessHandle.current());
    int first = line.size() - arguments.length;
    return first < 0 ? arguments : line.subList(first, line.size()).toArray(String[]::new);
  }

  /** The last {@code -Dname=value} on the command line of a process, if it can be read. */
  public static Optional<String> property(ProcessHandle process, String name) {
    String option = "-D" + name + "=";
    return commandLine(process).stream()
        .filter(argument -> argument.startsWith(option))
        .map(argument -> argument.substring(option.length()))
        .reduce((earlier, later) -> later);
  }

  /** Empty where there is no such file, or it is not UTF-8. Each argument ends in a NUL. */
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
