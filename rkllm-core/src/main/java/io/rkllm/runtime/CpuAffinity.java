package io.rkllm.runtime;

import io.rkllm.internal.check.Check;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The CPUs that the runtime may use ({@code enabled_cpus_mask} and {@code enabled_cpus_num}, which
 * are always consistent). A model needs at least as many CPUs as it uses NPU cores. Immutable.
 */
public final class CpuAffinity {
  private static final int MAX_CPUS = 8;

  private final int mask;

  private CpuAffinity(int mask) {
    this.mask = mask;
  }

  /** Returns the CPUs of an SoC that are best suited for inference. */
  public static CpuAffinity bigCores(Soc soc) {
    return new CpuAffinity(Check.nonNull("soc", soc).bigCpuMask());
  }

  /**
   * Returns an affinity of exactly the given CPUs.
   *
   * @param cpus CPU numbers in [0, 7], at least one
   * @throws IllegalArgumentException if no CPU is given, a number is out of range, or a CPU is
   *     given twice
   */
  public static CpuAffinity of(int... cpus) {
    Check.nonNull("cpus", cpus);
    int mask = 0;
    for (int cpu : cpus) {
      Check.inRange("cpu", cpu, 0, MAX_CPUS - 1);
      if ((mask & 1 << cpu) != 0) {
        throw new IllegalArgumentException("CPU " + cpu + " was given twice; list each CPU once");
      }
      mask |= 1 << cpu;
    }
    if (mask == 0) {
      throw new IllegalArgumentException("no CPU was given; at least one in [0, 7] is required");
    }
    return new CpuAffinity(mask);
  }

  /**
   * Returns a mask with one bit for each CPU, CPU 0 being the lowest bit ({@code
   * enabled_cpus_mask}).
   */
  public int mask() {
    return mask;
  }

  /** Returns the number of CPUs ({@code enabled_cpus_num}). */
  public int count() {
    return Integer.bitCount(mask);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CpuAffinity that && mask == that.mask;
  }

  @Override
  public int hashCode() {
    return mask;
  }

  /** Returns a string such as {@code CPUs 4, 5, 6, 7}. */
  @Override
  public String toString() {
    return IntStream.range(0, MAX_CPUS)
        .filter(cpu -> (mask & 1 << cpu) != 0)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", "CPUs ", ""));
  }
}
