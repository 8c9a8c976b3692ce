package io.rkllm.examples.server.store;

import java.util.Locale;

/** Formats sizes of files. */
public final class FileSize {
  private static final String[] UNITS = {"kB", "MB", "GB", "TB"};

  private FileSize() {}

  /** Formats a size, such as {@code 812 bytes} or {@code 3.4 GB}, in decimal units. */
  public static String format(long bytes) {
    if (bytes < 1000) {
      return bytes == 1 ? "1 byte" : bytes + " bytes";
    }
    double size = bytes / 1000.0;
    int unit = 0;
    while (size >= 999.95 && unit < UNITS.length - 1) {
      size /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
  }
}
