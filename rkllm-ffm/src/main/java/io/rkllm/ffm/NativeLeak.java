package io.rkllm.ffm;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What native code may still read, though the SDK has lost sight of it: kept for as long as the
 * process lives, since freeing it would be worse. Whoever puts something here says so in the log.
 */
final class NativeLeak {
  private static final Queue<Object> kept = new ConcurrentLinkedQueue<>();

  private NativeLeak() {}

  /** Keeps the memory that this holds. */
  static void keep(Object owner) {
    kept.add(owner);
  }
}
