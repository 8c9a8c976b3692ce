package io.rkllm.internal.handle;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The NPU's address spaces ({@code base_domain_id}), one for each model of this process: models
 * that share one collide. Thread-safe.
 */
public final class BaseDomains {
  static final int MAX = 255;

  private static final BitSet TAKEN = new BitSet();

  private BaseDomains() {}

  /**
   * Takes the one that is wanted, or the lowest that is free.
   *
   * @throws IllegalArgumentException if the wanted one is taken
   * @throws IllegalStateException if all are
   */
  public static int take(@Nullable Integer wanted) {
    synchronized (TAKEN) {
      int domain = wanted != null ? wanted : TAKEN.nextClearBit(0);
      if (domain > MAX) {
        throw new IllegalStateException(
            "all "
                + (MAX + 1)
                + " base domains are in use by models of this process; close one of them");
      }
      if (TAKEN.get(domain)) {
        throw new IllegalArgumentException(
            "baseDomain "
                + domain
                + " is in use by another model of this process; leave it unset, and the SDK takes"
                + " a free one");
      }
      TAKEN.set(domain);
      return domain;
    }
  }

  /** Gives one back, once its model is destroyed. */
  public static void release(int domain) {
    synchronized (TAKEN) {
      TAKEN.clear(domain);
    }
  }
}
