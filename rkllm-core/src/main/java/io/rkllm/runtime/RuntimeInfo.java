package io.rkllm.runtime;

import io.rkllm.UnsupportedFeatureException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Describes the loaded runtime.
 *
 * @param release the release string of the library, such as {@code 1.2.3}, or {@code unknown} if it
 *     has none
 * @param known whether the SDK has been checked against the header of this release. If false, the
 *     release is assumed to be compatible with the ABI below, because its functions and default
 *     parameters match
 * @param abi the ABI that the SDK uses: {@code 1.2}, {@code 1.3} (release 1.3.0) or {@code 1.3.1}
 * @param library the library file, or null for a runtime without one
 * @param simulator whether this is a simulated runtime rather than the vendor's
 * @param capabilities the features that this release supports
 */
public record RuntimeInfo(
    String release,
    boolean known,
    String abi,
    @Nullable Path library,
    boolean simulator,
    Set<Capability> capabilities) {

  /** Creates a description, copying the capabilities. */
  public RuntimeInfo {
    capabilities = Set.copyOf(capabilities);
  }

  /** Returns whether the loaded release supports the given feature. */
  public boolean supports(Capability capability) {
    return capabilities.contains(capability);
  }

  /**
   * Checks that the loaded release supports the given feature.
   *
   * @throws UnsupportedFeatureException if it does not
   */
  public void require(Capability capability) {
    if (!supports(capability)) {
      throw new UnsupportedFeatureException(capability, release);
    }
  }
}
