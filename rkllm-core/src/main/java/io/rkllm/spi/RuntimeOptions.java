package io.rkllm.spi;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Options for opening a runtime library.
 *
 * @param library the library file, or null to search for it
 * @param abi the ABI to use regardless of how the library identifies itself ({@code 1.2}, {@code
 *     1.3} or {@code 1.3.1}), or null to identify it
 * @param captureOutput whether to log the lines that native code writes to standard output through
 *     SLF4J; affects the whole process
 */
public record RuntimeOptions(@Nullable Path library, @Nullable String abi, boolean captureOutput) {
  /** Returns options that search for the library, identify it, and do not capture its output. */
  public static RuntimeOptions defaults() {
    return new RuntimeOptions(null, null, false);
  }
}
