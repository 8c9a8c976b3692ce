package io.rkllm.examples.server.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory that is available on this machine. */
public final class Memory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  private Memory() {}

  /**
   * Returns the number of bytes missing for loading a model file of the given size, including a
   * tenth of the size for the buffers of the runtime. Zero or negative if there is enough memory,
   * or if that is unknown.
   */
  static long missingFor(long fileSize) {
    long available = available();
    return available == 0 ? 0 : fileSize + fileSize / 10 - available;
  }

  /** Returns the available memory in bytes, or 0 if unknown. */
  public static long available() {
    try {
      for (String line : Files.readAllLines(MEMINFO)) {
        if (line.startsWith(AVAILABLE)) {
          String kilobytes = line.substring(AVAILABLE.length()).replace("kB", "").strip();
          return Long.parseLong(kilobytes) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
    return 0;
  }
}
