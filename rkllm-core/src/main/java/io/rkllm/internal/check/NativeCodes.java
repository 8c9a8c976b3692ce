package io.rkllm.internal.check;

import io.rkllm.RkllmException;

/** Checks return codes of C functions, which do not tell the reason of a failure. */
public final class NativeCodes {
  private NativeCodes() {}

  /**
   * Throws an exception unless the code is 0.
   *
   * @param function the C function
   * @param failure what the failure means to the caller and what to do, without a full stop
   */
  public static void check(String function, int code, String failure) {
    if (code != 0) {
      throw new RkllmException(
          failure
              + " ("
              + function
              + " returned "
              + code
              + "). The runtime prints the reason to standard output; load the model with"
              + " captureNativeOutput() to have it logged.",
          function,
          code,
          null);
    }
  }
}
