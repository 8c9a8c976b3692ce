package io.rkllm;

import io.rkllm.runtime.Capability;

/**
 * The loaded runtime release cannot do what was asked for. The message names both releases: loaded
 * and needed.
 */
public final class UnsupportedFeatureException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final Capability capability;

  /**
   * @param capability what was asked for
   * @param release the release that is loaded, such as {@code 1.2.3}
   */
  public UnsupportedFeatureException(Capability capability, String release) {
    super(
        capability.description()
            + " needs runtime release "
            + capability.since()
            + " or later; the loaded one is "
            + release
            + ". Leave the option unset or install a later librkllmrt.so.",
        "capability check",
        NO_CODE,
        null);
    this.capability = capability;
  }

  /** What was asked for. */
  public Capability capability() {
    return capability;
  }
}
