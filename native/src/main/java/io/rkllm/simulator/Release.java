package io.rkllm.simulator;

/** The releases of the native runtime that are simulated, one for each ABI. */
public enum Release {
  /** Releases 1.2.1 to 1.2.3, which share one ABI. */
  V1_2("1.2"),

  /** Release 1.3.0. */
  V1_3("1.3"),

  /** Release 1.3.1. */
  V1_3_1("1.3.1");

  private final String version;

  Release(String version) {
    this.version = version;
  }

  /**
   * Returns the name of the ABI: {@code "1.2"}, {@code "1.3"} or {@code "1.3.1"}.
   *
   * @return the name
   */
  public String version() {
    return version;
  }
}
