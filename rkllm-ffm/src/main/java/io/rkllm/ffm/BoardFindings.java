package io.rkllm.ffm;

import io.rkllm.runtime.DoctorReport.Finding;
import io.rkllm.runtime.DoctorReport.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates the {@link BoardFacts}: whether the runtime can work on this machine, what prevents it,
 * and what costs performance. On a machine that is not a Rockchip board nothing counts as a
 * problem. Not thread-safe.
 */
final class BoardFindings {
  /** Less than the smallest models in the vendor's table need. */
  private static final int LITTLE_MEGABYTES = 512;

  private final BoardFacts board;
  private final @Nullable Machine machine;
  private final List<String> compatible;
  private final Optional<Chip> chip;
  private final boolean runnable;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param machine the processor architecture of this JVM, or null if it is not a known one
   */
  BoardFindings(BoardFacts board, @Nullable Machine machine) {
    this.board = board;
    this.machine = machine;
    this.compatible = board.compatible();
    // The device tree is authoritative. If it is not visible, the devices give a hint.
    this.chip = Chip.of(compatible.isEmpty() ? board.nodes().compatible() : compatible);
    this.runnable = chip.filter(Chip::mayRun).isPresent();
  }

  /** Returns all findings. */
  List<Finding> all() {
    findings.add(compatible.isEmpty() ? socWithoutDeviceTree() : soc());
    findings.addAll(new NpuFindings(board, runnable).all());
    board.cpuFeatures().ifPresent(features -> add("CPU features", Status.INFO, features));
    if (runnable) {
      clocks();
    }
    memory();
    return findings;
  }

  private Finding soc() {
    String entries = String.join(" ", compatible);
    if (chip.isPresent()) {
      return new Finding("SoC", status(chip.get()), entries + verdict(chip.get()));
    }
    boolean rockchip = compatible.stream().anyMatch(entry -> entry.startsWith("rockchip,"));
    return rockchip
        ? new Finding(
            "SoC",
            Status.WARNING,
            entries + ": the chip cannot be identified; RKLLM runs on " + Chip.SUPPORTED_CHIPS)
        : new Finding("SoC", Status.INFO, entries);
  }

  private static Status status(Chip chip) {
    return switch (chip.support()) {
      case SUPPORTED -> Status.OK;
      case REDUCED, UNKNOWN -> Status.WARNING;
      case NEVER -> Status.PROBLEM;
    };
  }

  private static String verdict(Chip chip) {
    return switch (chip.support()) {
      case SUPPORTED -> "";
      case REDUCED ->
          ": the %s is an RK3588 with some units disabled. It is reported to run models made for"
                  .formatted(chip.label())
              + " RK3588. If a model does not load, try one made for fewer NPU cores";
      case UNKNOWN ->
          ": this SDK does not know the %s. RKLLM is known to run on %s. Check whether the"
                  .formatted(chip.label(), Chip.SUPPORTED_CHIPS)
              + " vendor's release notes list this chip";
      case NEVER ->
          ": no release of RKLLM supports the %s. To fix this: use a board with one of %s"
              .formatted(chip.label(), Chip.SUPPORTED_CHIPS);
    };
  }

  private Finding socWithoutDeviceTree() {
    if (chip.isPresent()) {
      return new Finding(
          "SoC",
          chip.get().support() == Chip.Support.NEVER ? Status.PROBLEM : Status.WARNING,
          "%s according to its devices, but /proc/device-tree is not visible, so the runtime may report"
                  .formatted(chip.get().label())
              + " the platform as unknown. To fix this: in a container, use --security-opt"
              + " systempaths=unconfined or --privileged"
              + verdict(chip.get()));
    }
    return new Finding(
        "SoC",
        Status.INFO,
        machine == Machine.AARCH64
            ? "no device tree is visible; not a Rockchip board, or a container hides it"
            : "no device tree; not a Rockchip board");
  }

  private void clocks() {
    clock(
        "CPU clock",
        board.cpuGovernors(),
        "/sys/devices/system/cpu/cpufreq/policy*/scaling_governor");
    clock("NPU clock", board.npuGovernors(), "/sys/class/devfreq/*npu/governor");
    if (board.hasSys() && board.memoryGovernors().isEmpty()) {
      add(
          "memory clock",
          Status.WARNING,
          "does not scale, because /sys/class/devfreq/dmc is missing. On an RK3588, 7.7 tokens per"
              + " second were measured without memory scaling and 14.3 with it. To fix this:"
              + " install an image or a bootloader with memory scaling (dmc)");
    } else {
      clock("memory clock", board.memoryGovernors(), "/sys/class/devfreq/dmc/governor");
    }
  }

  /**
   * Reports governors for information only, because most images default to governors that save
   * power.
   */
  private void clock(String subject, Map<String, String> governors, String files) {
    if (governors.isEmpty()) {
      return;
    }
    String all =
        governors.entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    boolean best = governors.values().stream().allMatch("performance"::equals);
    add(
        subject,
        best ? Status.OK : Status.INFO,
        best ? all : all + "; for faster answers: echo performance | sudo tee " + files);
  }

  private void memory() {
    Optional<Long> total = board.memoryMegabytes();
    if (total.isEmpty()) {
      if (runnable) {
        add("memory", Status.INFO, "unknown, because /proc/meminfo cannot be read");
      }
      return;
    }
    Optional<Long> available = board.availableMegabytes();
    boolean little = runnable && available.orElse(total.get()) < LITTLE_MEGABYTES;
    add(
        "memory",
        little ? Status.WARNING : Status.INFO,
        total.get()
            + " MB"
            + available.map(megabytes -> ", " + megabytes + " MB available").orElse("")
            + (little
                ? "; the smallest models need 500 to 800 MB. To fix this: end other programs"
                : ""));
  }

  private void add(String subject, Status status, String detail) {
    findings.add(new Finding(subject, status, detail));
  }
}
