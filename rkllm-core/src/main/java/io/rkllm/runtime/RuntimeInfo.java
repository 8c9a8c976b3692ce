package io.rkllm.runtime;

import io.rkllm.UnsupportedFeatureException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Describes the loaded runtime and what it can do.
 *
 * @param release the release string of the library, such as {@code 1.2.3}; {@code unknown} where it
 *     bears none
 * @param known whether the header of this release has been compared with the layouts that the SDK
 *     uses. If false, the release is only taken for the one whose ABI it is called by, because its
 *     functions and default parameters are alike
 * @param abi the ABI by which the SDK calls it: {@code 1.2}, {@code 1.3} (release 1.3.0) or {@code
 *     1.3.1}
 * @param library the library file, or null for a runtime without one
 * @param simulator whether this is a simulated runtime rather than the vendor's
 * @param capabilities what this release can do
 */
public record RuntimeInfo(
    String release,
    boolean known,
    String abi,
    @Nullable Path library,
    boolean simulator,
    Set<Capability> capabilities) {

  /** Copies the capabilities. */
  public RuntimeInfo {
    capabilities = Set.copyOf(capabilities);
  }

  /** Returns whether the loaded release can do this. */
  public boolean supports(Capability capability) {
    return capabilities.contains(capability);
  }

  /**
   * Throws unless the loaded release can do this.
   *
   * @throws UnsupportedFeatureException if it cannot
   */
  public void require(Capability capability) {
    if (!supports(capability)) {
      throw new UnsupportedFeatureException(capability, release);
    }
  }
}
