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
 * Judges what {@link BoardFacts} tells: whether the runtime can work on this machine, what stands
 * in its way, and what costs speed. On a machine that is not a Rockchip board nothing is a problem,
 * since nothing is expected there. Used by one thread.
 */
final class BoardFindings {
  /** Less than the smallest models of the vendor's table need. */
  private static final int LITTLE_MEGABYTES = 512;

  private final BoardFacts board;
  private final @Nullable Machine machine;
  private final List<String> compatible;
  private final Optional<Chip> chip;
  private final boolean runnable;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param machine the processor architecture of this JVM, or null if it is none of those
   */
  BoardFindings(BoardFacts board, @Nullable Machine machine) {
    this.board = board;
    this.machine = machine;
    this.compatible = board.compatible();
    // The device tree alone says what the machine is; its devices help where it cannot be seen.
    this.chip = Chip.of(compatible.isEmpty() ? board.nodes().compatible() : compatible);
    this.runnable = chip.filter(Chip::mayRun).isPresent();
  }

  /** All findings. */
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
            entries + ": which chip this is cannot be told; RKLLM runs on " + Chip.SUPPORTED_CHIPS)
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
          ": the %s is an RK3588 with parts switched off. It is reported to run models made for"
                  .formatted(chip.label())
              + " RK3588. To go on: if a model does not load, try one made for fewer NPU cores";
      case UNKNOWN ->
          ": this SDK does not know the %s. RKLLM is known to run on %s. To go on: see whether the"
                  .formatted(chip.label(), Chip.SUPPORTED_CHIPS)
              + " vendor's release notes name this chip";
      case NEVER ->
          ": no release of RKLLM supports the %s. To go on: use a board with one of %s"
              .formatted(chip.label(), Chip.SUPPORTED_CHIPS);
    };
  }

  private Finding socWithoutDeviceTree() {
    if (chip.isPresent()) {
      return new Finding(
          "SoC",
          chip.get().support() == Chip.Support.NEVER ? Status.PROBLEM : Status.WARNING,
          "%s by its devices, but /proc/device-tree cannot be seen, and then the runtime may call"
                  .formatted(chip.get().label())
              + " the platform unknown. To go on: in a container, --security-opt"
              + " systempaths=unconfined or --privileged shows it"
              + verdict(chip.get()));
    }
    return new Finding(
        "SoC",
        Status.INFO,
        machine == Machine.AARCH64
            ? "no device tree can be seen; not a Rockchip board, or a container that hides it"
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
          "does not scale, since /sys/class/devfreq/dmc is missing. On an RK3588 such firmware made"
              + " 7.7 tokens a second, a repaired one 14.3. To go on: install an image or a"
              + " bootloader with memory scaling (dmc)");
    } else {
      clock("memory clock", board.memoryGovernors(), "/sys/class/devfreq/dmc/governor");
    }
  }

  /** A hint only: governors that save power are the default of most images. */
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
        best ? all : all + "; faster answers: echo performance | sudo tee " + files);
  }

  private void memory() {
    Optional<Long> total = board.memoryMegabytes();
    if (total.isEmpty()) {
      if (runnable) {
        add("memory", Status.INFO, "cannot be told, since /proc/meminfo cannot be read");
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
                ? "; the smallest models need 500 to 800 MB. To go on: end other programs"
                : ""));
  }

  private void add(String subject, Status status, String detail) {
    findings.add(new Finding(subject, status, detail));
  }
}
