package io.rkllm.runtime;

/** Rockchip SoCs that the runtime supports. */
public enum Soc {
  /** An SoC with 3 NPU cores; CPUs 0–3 are little cores, 4–7 big cores. */
  RK3588(3, 0xF0),
  /** An SoC with 2 NPU cores; CPUs 0–3 are little cores, 4–7 big cores. */
  RK3576(2, 0xF0),
  /** An SoC with 1 NPU core and four equal CPUs. */
  RK3562(1, 0x0F),
  /** An SoC with 1 NPU core and four equal CPUs. */
  RV1126B(1, 0x0F);

  private final int npuCores;
  private final int bigCpuMask;

  Soc(int npuCores, int bigCpuMask) {
    this.npuCores = npuCores;
    this.bigCpuMask = bigCpuMask;
  }

  /**
   * Returns the number of NPU cores. A model is converted for a number of cores and needs at least
   * as many CPUs.
   */
  public int npuCores() {
    return npuCores;
  }

  /**
   * Returns a bit mask of the CPUs that are best suited for inference: the big cores, or all CPUs
   * if they are equal.
   */
  public int bigCpuMask() {
    return bigCpuMask;
  }
}
