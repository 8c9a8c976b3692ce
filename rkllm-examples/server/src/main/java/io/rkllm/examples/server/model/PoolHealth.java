package io.rkllm.examples.server.model;

import java.util.Set;

/**
 * The health of a pool.
 *
 * @param loading the names of models that are being loaded
 * @param recovering the names of models whose native code does not return from a stopped run
 * @param hangingLoads the names of models whose load was abandoned, but has not returned
 * @param abandoned the number of unloaded models that still hold native memory because native code
 *     has not returned
 * @param needsRestart whether so many models are abandoned that no more are loaded
 */
public record PoolHealth(
    Set<String> loading,
    Set<String> recovering,
    Set<String> hangingLoads,
    int abandoned,
    boolean needsRestart) {

  /** Returns whether requests are served normally. */
  public boolean isGood() {
    return recovering.isEmpty() && hangingLoads.isEmpty() && !needsRestart;
  }
}
