package io.rkllm.ffm;

import io.rkllm.runtime.DoctorReport.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Folders that imitate {@code /proc}, {@code /sys} and {@code /dev} of a board. */
final class FakeBoard {
  private final Path root;

  FakeBoard(Path root) {
    this.root = root;
  }

  /**
   * Returns a healthy board with this chip, on which the GPU has renderD128, and the NPU has card1
   * and renderD129.
   */
  static FakeBoard healthy(Path root, String chip) throws IOException {
    FakeBoard board = new FakeBoard(root);
    board.file("proc/device-tree/compatible", "maker,board\0rockchip," + chip + "\0");
    board.file("proc/meminfo", "MemTotal: 16254204 kB\nMemAvailable: 8000000 kB\n");
    board.file("sys/kernel/debug/rknpu/version", "RKNPU driver: v0.9.8\n");
    board.drm("card0", "panthor").drm("renderD128", "panthor");
    board.drm("card1", "RKNPU").drm("renderD129", "RKNPU");
    board.file("sys/class/drm/card0-HDMI-A-1/status", "connected\n");
    board.governor("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "performance");
    board.governor("sys/devices/system/cpu/cpufreq/policy4/scaling_governor", "performance");
    board.governor("sys/class/devfreq/fdab0000.npu/governor", "performance");
    board.governor("sys/class/devfreq/dmc/governor", "performance");
    return board;
  }

  FakeBoard file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return this;
  }

  FakeBoard link(String path, String target) throws IOException {
    Path link = root.resolve(path);
    Files.createDirectories(link.getParent());
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(target));
    return this;
  }

  FakeBoard folder(String path) throws IOException {
    Files.createDirectories(root.resolve(path));
    return this;
  }

  /** Removes a file, or a folder with its contents. */
  FakeBoard without(String path) throws IOException {
    Path file = root.resolve(path);
    if (Files.isDirectory(file)) {
      try (var inside = Files.list(file)) {
        for (Path child : inside.toList()) {
          without(root.relativize(child).toString());
        }
      }
    }
    Files.delete(file);
    return this;
  }

  /** Adds a DRM node to {@code /dev/dri}, with the driver that the kernel has bound to it. */
  FakeBoard drm(String name, String driver) throws IOException {
    file("dev/dri/" + name, "");
    return link("sys/class/drm/" + name + "/device/driver", "../../../bus/drivers/" + driver);
  }

  FakeBoard governor(String path, String governor) throws IOException {
    return file(path, governor + "\n");
  }

  BoardFacts facts() {
    return new BoardFacts(root);
  }

  /** Returns the findings of a JVM on the boards' processor. */
  List<Finding> findings() {
    return findingsOn(Machine.AARCH64);
  }

  List<Finding> findingsOn(Machine machine) {
    return new BoardFindings(facts(), machine).all();
  }

  /** Returns the only finding about a subject. */
  Finding finding(String subject) {
    List<Finding> found =
        findings().stream().filter(finding -> finding.subject().equals(subject)).toList();
    if (found.size() != 1) {
      throw new AssertionError(subject + " is found " + found.size() + " times in " + findings());
    }
    return found.getFirst();
  }
}
