package io.rkllm.ffm;

import org.jspecify.annotations.Nullable;

/**
 * A device node of a processor other than the CPU.
 *
 * @param path the path, such as {@code /dev/dri/renderD129}; the file may be missing although the
 *     kernel knows the device, as in a container
 * @param driver the kernel driver of the device, such as {@code RKNPU} or {@code panthor}, or null
 *     if unknown
 */
record DeviceNode(String path, @Nullable String driver) {
  /** The node of older rknpu drivers. Newer ones have only DRM nodes, so it is never required. */
  static final String RKNPU = "/dev/rknpu";

  /** Returns whether the node belongs to the NPU, with the vendor's driver. */
  boolean isNpu() {
    return path.equals(RKNPU) || "RKNPU".equalsIgnoreCase(driver);
  }

  /** Returns whether the node belongs to another device, such as the GPU. */
  boolean isOther() {
    return driver != null && !isNpu();
  }

  /** Returns the last part of the path, such as {@code renderD129}. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Returns the path, followed by the driver if it is known. */
  @Override
  public String toString() {
    return driver == null ? path : path + " (" + driver + ")";
  }
}
