package io.rkllm.ffm;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Memory that is intentionally leaked because native code may still read it. It is kept until the
 * process ends, because freeing it could crash the JVM. Every caller logs the leak.
 */
final class NativeLeak {
  private static final Queue<Object> kept = new ConcurrentLinkedQueue<>();

  private NativeLeak() {}

  /** Keeps the memory referenced by an object. */
  static void keep(Object owner) {
    kept.add(owner);
  }
}
