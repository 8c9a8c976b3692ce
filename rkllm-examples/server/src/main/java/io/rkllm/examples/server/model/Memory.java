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
   * Returns how many bytes are missing to load a model file of some size, with a tenth in addition
   * for the buffers of the runtime. Zero or negative if there is enough, or that is unknown.
   */
  static long missingFor(long fileSize) {
    long available = available();
    return available == 0 ? 0 : fileSize + fileSize / 10 - available;
  }

  /** Returns how many bytes of memory are available, or 0 if that is not known. */
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
