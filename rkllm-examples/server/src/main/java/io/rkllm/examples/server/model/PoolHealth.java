package io.rkllm.examples.server.model;

import java.util.Set;

/**
 * Whether a pool can serve requests.
 *
 * @param recovering the names of models whose native code does not return, or that are being loaded
 *     again for that reason
 * @param abandoned how many closed models still hold native memory, since native code has not
 *     returned
 * @param needsRestart whether so many are abandoned that no more models are loaded
 */
public record PoolHealth(Set<String> recovering, int abandoned, boolean needsRestart) {
  /** Copies the set. */
  public PoolHealth {
    recovering = Set.copyOf(recovering);
  }

  /** Returns whether requests are served as usual. */
  public boolean isGood() {
    return recovering.isEmpty() && !needsRestart;
  }
}
