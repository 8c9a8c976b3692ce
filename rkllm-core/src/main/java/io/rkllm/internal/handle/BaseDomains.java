package io.rkllm.internal.handle;

import io.rkllm.internal.thread.FullHeap;
import java.util.BitSet;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Assigns the NPU's address spaces ({@code base_domain_id}) to the models of this process. Models
 * must not share one. Thread-safe.
 *
 * <p>The domains in use are stored in the system property {@value #KEY}, for example {@code 0,1,5},
 * because several copies of the SDK may be loaded by different class loaders of a JVM. Each copy
 * updates the property atomically.
 */
public final class BaseDomains {
  static final String KEY = "io.rkllm.baseDomains";
  static final int MAX = 255;

  private BaseDomains() {}

  /**
   * Reserves the requested domain, or the lowest free one.
   *
   * @throws IllegalArgumentException if the requested domain is in use
   * @throws IllegalStateException if all domains are in use
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
              + " is in use by another model of this process; leave baseDomain unset to use a"
              + " free one");
    }
  }

  /**
   * Releases a domain, once its model has been destroyed. Retries while the heap is full, because
   * nothing else would release it.
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
