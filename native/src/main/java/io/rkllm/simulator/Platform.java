package io.rkllm.simulator;

import java.util.List;
import java.util.Optional;

/**
 * A platform, after which the folders in the jar are named.
 *
 * @param name the operating system, as in {@code os.name}
 * @param arch the processor, as in {@code os.arch}
 */
record Platform(String name, String arch) {
  static final List<String> FOLDERS = List.of("linux-x86_64", "linux-aarch64");

  static Platform current() {
    return new Platform(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  /** Returns the folder of the libraries for this platform, or empty if there cannot be one. */
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
