package io.rkllm.runtime;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which runtime is loaded and what it can do.
 *
 * @param release the release string of the library, such as {@code 1.2.3}; {@code unknown} where it
 *     bears none
 * @param abi the ABI generation the SDK speaks with it, {@code 1.2} or {@code 1.3}
 * @param library the library file, or null for a runtime without one
 * @param simulator whether this is a simulated runtime rather than the vendor's
 * @param capabilities what this release can do
 */
public record RuntimeInfo(
    String release,
    String abi,
    @Nullable Path library,
    boolean simulator,
    Set<Capability> capabilities) {

  /** Copies the capabilities. */
  public RuntimeInfo {
    capabilities = Set.copyOf(capabilities);
  }

  /** Whether the loaded release can do this. */
  public boolean supports(Capability capability) {
    return capabilities.contains(capability);
  }
}
