package io.rkllm.examples.server.model;

import java.util.Set;

/**
 * The health of a pool.
 *
 * @param recovering the names of models whose native code does not return, or that are being loaded
 *     again for that reason
 * @param abandoned the number of closed models that still hold native memory because native code
 *     has not returned
 * @param needsRestart whether so many models are abandoned that no more are loaded
 */
public record PoolHealth(Set<String> recovering, int abandoned, boolean needsRestart) {
  /** Copies the set. */
  public PoolHealth {
    recovering = Set.copyOf(recovering);
  }

  /** Returns whether requests are served normally. */
  public boolean isGood() {
    return recovering.isEmpty() && !needsRestart;
  }
}
