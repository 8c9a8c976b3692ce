package io.rkllm.simulator;

import java.util.List;
import java.util.Optional;

/**
 * What the jar's folders are named after.
 *
 * @param name the operating system, as {@code os.name} has it
 * @param arch the processor, as {@code os.arch} has it
 */
record Platform(String name, String arch) {
  static final List<String> FOLDERS = List.of("linux-x86_64", "linux-aarch64");

  static Platform current() {
    return new Platform(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  /** The folder of the libraries that run here, if there can be one. */
  Optional<String> folder() {
    if (!name.equals("Linux")) {
      return Optional.empty();
    }
    return switch (arch) {
      case "amd64", "x86_64" -> Optional.of("linux-x86_64");
      case "aarch64" -> Optional.of("linux-aarch64");
      default -> Optional.empty();
    };
  }
}
