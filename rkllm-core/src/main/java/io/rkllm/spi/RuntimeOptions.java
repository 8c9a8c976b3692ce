package io.rkllm.spi;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which library to open and how.
 *
 * @param library the library file, or null to search for it
 * @param abi the ABI to use whatever the library's signs say ({@code 1.2}, {@code 1.3} or {@code
 *     1.3.1}), or null to identify it
 * @param captureOutput whether to lead the lines that native code writes to standard output into
 *     SLF4J; process-wide, and not undone once begun
 */
public record RuntimeOptions(@Nullable Path library, @Nullable String abi, boolean captureOutput) {
  /** Searches for the library, identifies it, leaves its output alone. */
  public static RuntimeOptions defaults() {
    return new RuntimeOptions(null, null, false);
  }
}
