package io.rkllm.examples.server.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory that is available on this machine. */
final class Memory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  private Memory() {}

  /**
   * Returns how many bytes are missing to load a model file of some size, with a tenth in addition
   * for the buffers of the runtime. Zero or negative if there is enough, or that is unknown.
   */
  static long missingFor(long fileSize) {
    try {
      for (String line : Files.readAllLines(MEMINFO)) {
        if (line.startsWith(AVAILABLE)) {
          String kilobytes = line.substring(AVAILABLE.length()).replace("kB", "").strip();
          return fileSize + fileSize / 10 - Long.parseLong(kilobytes) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
    return 0;
  }
}
