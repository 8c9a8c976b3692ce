package io.rkllm.runtime;

/** The Rockchip SoCs that the runtime supports. */
public enum Soc {
  /** 3 NPU cores; CPUs 0–3 little, 4–7 big. */
  RK3588(3, 0xF0),
  /** 2 NPU cores; CPUs 0–3 little, 4–7 big. */
  RK3576(2, 0xF0),
  /** 1 NPU core; four equal CPUs. */
  RK3562(1, 0x0F),
  /** 1 NPU core; four equal CPUs. */
  RV1126B(1, 0x0F);

  private final int npuCores;
  private final int bigCpuMask;

  Soc(int npuCores, int bigCpuMask) {
    this.npuCores = npuCores;
    this.bigCpuMask = bigCpuMask;
  }

  /**
   * How many NPU cores it has. A model is converted for a number of cores and needs at least as
   * many CPUs.
   */
  public int npuCores() {
    return npuCores;
  }

  /**
   * The CPUs that suit inference best, as a bit mask: the big cores, or all where they are equal.
   */
  public int bigCpuMask() {
    return bigCpuMask;
  }
}
