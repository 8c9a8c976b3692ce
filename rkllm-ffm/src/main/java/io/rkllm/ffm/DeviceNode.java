package io.rkllm.ffm;

import org.jspecify.annotations.Nullable;

/**
 * A device node through which a processor other than the CPU is reached.
 *
 * @param path its path, such as {@code /dev/dri/renderD129}; the kernel may know it although the
 *     file is missing, as in a container
 * @param driver the kernel driver behind it, such as {@code RKNPU} or {@code panthor}; null if it
 *     cannot be told
 */
record DeviceNode(String path, @Nullable String driver) {
  /** The node of older rknpu drivers. Newer ones have DRM nodes only, so it is never required. */
  static final String RKNPU = "/dev/rknpu";

  /** Whether it is the NPU's, under the vendor's driver. */
  boolean isNpu() {
    return path.equals(RKNPU) || "RKNPU".equalsIgnoreCase(driver);
  }

  /** Whether it is another device's, such as the GPU's. */
  boolean isOther() {
    return driver != null && !isNpu();
  }

  /** The last part of its path, such as {@code renderD129}. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The path, and the driver where it is known. */
  @Override
  public String toString() {
    return driver == null ? path : path + " (" + driver + ")";
  }
}
