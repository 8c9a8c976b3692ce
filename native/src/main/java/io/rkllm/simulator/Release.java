package io.rkllm.simulator;

/** A line of releases of the native runtime that the simulator stands in for. */
public enum Release {
  /** Releases 1.2.1 to 1.2.3, which share one ABI. */
  V1_2("1.2"),

  /** Releases from 1.3.0 on. */
  V1_3("1.3");

  private final String version;

  Release(String version) {
    this.version = version;
  }

  /**
   * Major and minor version, such as {@code "1.3"}.
   *
   * @return the version
   */
  public String version() {
    return version;
  }
}
