package io.rkllm.runtime;

import io.rkllm.internal.check.Check;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The CPUs the runtime may use: {@code enabled_cpus_mask} and {@code enabled_cpus_num}, which
 * cannot disagree here. A model needs at least as many CPUs as it has NPU cores. Immutable.
 */
public final class CpuAffinity {
  private static final int MAX_CPUS = 8;

  private final int mask;

  private CpuAffinity(int mask) {
    this.mask = mask;
  }

  /** The CPUs that suit inference best on this SoC. */
  public static CpuAffinity bigCores(Soc soc) {
    return new CpuAffinity(Check.nonNull("soc", soc).bigCpuMask());
  }

  /**
   * Exactly these CPUs.
   *
   * @param cpus CPU numbers in [0, 7], at least one
   * @throws IllegalArgumentException if none is given, one is out of range, or one is given twice
   */
  public static CpuAffinity of(int... cpus) {
    Check.nonNull("cpus", cpus);
    int mask = 0;
    for (int cpu : cpus) {
      Check.inRange("cpu", cpu, 0, MAX_CPUS - 1);
      if ((mask & 1 << cpu) != 0) {
        throw new IllegalArgumentException("CPU " + cpu + " was given twice; name each CPU once");
      }
      mask |= 1 << cpu;
    }
    if (mask == 0) {
      throw new IllegalArgumentException("no CPU was given; name at least one in [0, 7]");
    }
    return new CpuAffinity(mask);
  }

  /** One bit a CPU, CPU 0 lowest: {@code enabled_cpus_mask}. */
  public int mask() {
    return mask;
  }

  /** How many CPUs: {@code enabled_cpus_num}. */
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

  /** Such as {@code CPUs 4, 5, 6, 7}. */
  @Override
  public String toString() {
    return IntStream.range(0, MAX_CPUS)
        .filter(cpu -> (mask & 1 << cpu) != 0)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", "CPUs ", ""));
  }
}
