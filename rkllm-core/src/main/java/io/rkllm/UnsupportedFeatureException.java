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
    super(message(capability, release), "capability check", NO_CODE, null);
    this.capability = capability;
  }

  private static String message(Capability capability, String release) {
    if (capability == Capability.BATCHES) {
      return capability.description()
          + " needs a runtime release whose input layout this SDK knows; the loaded one, "
          + release
          + ", is only taken for a known one. Load the model without batchSize, or install a known"
          + " librkllmrt.so: release 1.2.1, 1.2.2, 1.2.3, 1.3.0 or 1.3.1.";
    }
    return capability.description()
        + " needs runtime release "
        + capability.since()
        + " or later; the loaded one is "
        + release
        + ". Leave the option unset or install a later librkllmrt.so.";
  }

  /** What was asked for. */
  public Capability capability() {
    return capability;
  }
}
