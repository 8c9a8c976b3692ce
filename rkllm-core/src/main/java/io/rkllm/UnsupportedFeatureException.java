package io.rkllm;

import io.rkllm.runtime.Capability;

/**
 * Thrown when the loaded runtime release does not support a requested feature. The message contains
 * the loaded release and the required one.
 */
public final class UnsupportedFeatureException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final Capability capability;

  /**
   * Creates an exception.
   *
   * @param capability the requested feature
   * @param release the loaded release, such as {@code 1.2.3}
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
          + ", is not known. Load the model without batchSize, or install a known"
          + " librkllmrt.so: release 1.2.1, 1.2.2, 1.2.3, 1.3.0 or 1.3.1.";
    }
    return capability.description()
        + " needs runtime release "
        + capability.since()
        + " or later; the loaded one is "
        + release
        + ". Leave the option unset or install a later librkllmrt.so.";
  }

  /** Returns the requested feature. */
  public Capability capability() {
    return capability;
  }
}
