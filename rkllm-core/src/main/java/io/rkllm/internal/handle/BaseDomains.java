package io.rkllm.internal.handle;

import io.rkllm.internal.thread.FullHeap;
import java.util.BitSet;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The NPU's address spaces ({@code base_domain_id}), one for each model of this process: models
 * that share one collide. Thread-safe.
 *
 * <p>Those that are taken are in the system property {@value #KEY}, such as {@code 0,1,5}, since a
 * JVM may have several copies of the SDK, each in a class loader of its own. Each reads and writes
 * it in one atomic step.
 */
public final class BaseDomains {
  static final String KEY = "io.rkllm.baseDomains";
  static final int MAX = 255;

  private BaseDomains() {}

  /**
   * Takes the one that is wanted, or the lowest that is free.
   *
   * @throws IllegalArgumentException if the wanted one is taken
   * @throws IllegalStateException if all are
   */
  public static int take(@Nullable Integer wanted) {
    AtomicInteger chosen = new AtomicInteger();
    System.getProperties()
        .compute(
            KEY,
            (_, value) -> {
              BitSet taken = parse(value);
              int domain = wanted != null ? wanted : taken.nextClearBit(0);
              check(domain, taken);
              taken.set(domain);
              chosen.set(domain);
              return text(taken);
            });
    return chosen.get();
  }

  private static void check(int domain, BitSet taken) {
    if (domain > MAX) {
      throw new IllegalStateException(
          "all "
              + (MAX + 1)
              + " base domains are in use by models of this process; close one of them");
    }
    if (taken.get(domain)) {
      throw new IllegalArgumentException(
          "baseDomain "
              + domain
              + " is in use by another model of this process; leave it unset, and the SDK takes"
              + " a free one");
    }
  }

  /**
   * Gives one back, once its model is destroyed. Where the heap is full, tries until it is not:
   * nobody would do it later.
   */
  public static void release(int domain) {
    while (true) {
      try {
        System.getProperties().computeIfPresent(KEY, (_, value) -> without(domain, value));
        return;
      } catch (OutOfMemoryError _) {
        FullHeap.pause();
      }
    }
  }

  private static @Nullable String without(int domain, Object value) {
    BitSet taken = parse(value);
    taken.clear(domain);
    return taken.isEmpty() ? null : text(taken);
  }

  private static BitSet parse(@Nullable Object value) {
    BitSet taken = new BitSet();
    for (String domain : Objects.toString(value, "").split(",", -1)) {
      if (domain.matches("[0-9]{1,3}")) {
        taken.set(Integer.parseInt(domain));
      }
    }
    return taken;
  }

  private static String text(BitSet taken) {
    return taken.stream().mapToObj(Integer::toString).collect(Collectors.joining(","));
  }
}
