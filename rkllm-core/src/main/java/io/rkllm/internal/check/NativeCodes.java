package io.rkllm.internal.check;

import io.rkllm.RkllmException;

/** What C functions return: 0, or a code that says no more than no. */
public final class NativeCodes {
  private NativeCodes() {}

  /**
   * Throws unless the code is 0.
   *
   * @param function the C function
   * @param failure what that means to the caller, and what to do, without a full stop
   */
  public static void check(String function, int code, String failure) {
    if (code != 0) {
      throw new RkllmException(
          failure
              + " ("
              + function
              + " returned "
              + code
              + "). The runtime prints why: see standard output, or load with captureNativeOutput().",
          function,
          code,
          null);
    }
  }
}
