package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.runtime.DoctorReport.Finding;
import io.rkllm.runtime.DoctorReport.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("not-emulated")
class BoardFindingsTest {
  private static final String CONTAINER = "in a container, add the devices (--device /dev/dri";

  @TempDir Path root;

  private static void assertFinding(Finding finding, Status status, String... parts) {
    assertThat(finding.status()).as(finding.detail()).isEqualTo(status);
    assertThat(finding.detail()).contains(parts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rk3588", "rk3588s", "rk3576", "rk3562", "rv1126b"})
  void healthyBoard_hasNothingToSay(String chip) throws IOException {
    FakeBoard board = FakeBoard.healthy(root, chip);

    assertThat(board.findings()).extracting(Finding::status).containsOnly(Status.OK, Status.INFO);
    assertFinding(board.finding("SoC"), Status.OK, "maker,board rockchip," + chip);
    assertFinding(board.finding("NPU driver"), Status.OK, "rknpu 0.9.8");
    assertFinding(
        board.finding("NPU node"),
        Status.OK,
        "/dev/dri/card1 (RKNPU), /dev/dri/renderD129 (RKNPU)");
  }

  @Test
  void olderDriver_hasANodeOfItsOwn() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.without("sys/class/drm").without("dev/dri").file("dev/rknpu", "");

    assertFinding(board.finding("NPU node"), Status.OK, "/dev/rknpu");
  }

  @ParameterizedTest
  @CsvSource({
    "0.8.8,PROBLEM",
    "0.9.2,PROBLEM",
    "0.9.5,PROBLEM",
    "0.9.6,WARNING",
    "0.9.7,WARNING",
    "0.9.8,OK",
    "0.9.10,OK",
    "0.10.0,OK",
    "1.0.2,OK"
  })
  void driverVersion_isJudgedByItsNumbers(String version, Status status) throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.file("sys/kernel/debug/rknpu/version", "RKNPU driver: v" + version + "\n");

    assertFinding(board.finding("NPU driver"), status, "rknpu " + version);
    if (status != Status.OK) {
      assertFinding(board.finding("NPU driver"), status, "0.9.8", "To fix this: install an image");
    }
  }

  @Test
  void oddDriverVersion_isQuoted() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.file("sys/kernel/debug/rknpu/version", "RKNPU driver: development\n");

    assertFinding(
        board.finding("NPU driver"),
        Status.WARNING,
        "\"RKNPU driver: development\", which is not a version number");
  }

  @Test
  void unreadableDriverVersion_isAFactWithTheCommandToReadIt() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.without("sys/kernel/debug/rknpu");

    assertFinding(
        board.finding("NPU driver"), Status.INFO, "sudo cat /sys/kernel/debug/rknpu/version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rk3588", "rk3588s", "rk3576", "rk3562", "rv1126b", "rk3582"})
  void supportedChip_withoutAnyNodeOrDriver_isAProblem(String chip) throws IOException {
    FakeBoard board = FakeBoard.healthy(root, chip);
    board.without("sys/class/drm").without("sys/kernel").without("dev/dri");

    assertFinding(
        board.finding("NPU driver"), Status.PROBLEM, "no rknpu driver", "the vendor's kernel");
    assertFinding(board.finding("NPU node"), Status.PROBLEM, "none", "To fix this: ", CONTAINER);
  }

  @Test
  void driverWithoutNode_isAProblemOfTheDeviceTreeOrTheContainer() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.without("sys/class/drm").without("dev/dri");

    assertFinding(
        board.finding("NPU node"), Status.PROBLEM, "enable the NPU in the device tree", CONTAINER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"panthor", "panfrost", "mali", "rockchip-drm"})
  void nodeOfAnotherDevice_isNotMistakenForTheNpus(String driver) throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.without("sys/class/drm").without("sys/kernel").without("dev/dri");
    board.drm("card0", driver).drm("renderD128", driver);

    assertFinding(
        board.finding("NPU node"),
        Status.PROBLEM,
        "none; /dev/dri/renderD128 (" + driver + ") belongs to another device, such as the GPU");
  }

  @Test
  void nodeThatTheContainerLacks_isNamed() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.without("dev/dri/renderD129").without("dev/dri/card1");

    assertFinding(
        board.finding("NPU node"),
        Status.PROBLEM,
        "/dev/dri/renderD129 (RKNPU): the kernel knows the device, but the file is missing",
        CONTAINER,
        "(/dev/dri/renderD128 (panthor) is visible, but does not belong to the NPU)");
  }

  @Test
  void npuAtRenderD128_isFoundByItsDriver() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3576");
    board.without("sys/class/drm").without("dev/dri").drm("renderD128", "RKNPU");

    assertFinding(board.finding("NPU node"), Status.OK, "/dev/dri/renderD128 (RKNPU)");
  }

  /** Files in /proc/sys cannot be written even by root. */
  @Test
  void nodeThatThisUserMayNotOpen_isAProblemWithTheGroupOrARule() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.link("dev/dri/renderD129", "/proc/sys/kernel/ostype");
    board.link("dev/dri/card1", "/proc/sys/kernel/ostype");

    assertFinding(
        board.finding("NPU node"),
        Status.PROBLEM,
        "/dev/dri/renderD129 (RKNPU): permission denied",
        "To fix this: grant access to a group",
        "KERNEL==\"renderD129\", GROUP=\"render\", MODE=\"0660\"");
    assertThat(
            NpuFindings.remedy(
                new DeviceNode("/dev/dri/renderD129", "RKNPU"),
                new DeviceNodes.Refusal(true, "permission denied"),
                Optional.of("render")))
        .contains("sudo usermod -aG render $USER, then log in again");
  }

  @Test
  void nodeThatCannotBeOpenedForAnotherReason_isTheContainers() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588").without("dev/dri");
    board.folder("dev/dri/renderD129").folder("dev/dri/card1");

    assertFinding(
        board.finding("NPU node"), Status.PROBLEM, "renderD129 (RKNPU): Is a directory", CONTAINER);
  }

  @Test
  void onlyOneOfTheNpusNodesRefused_isAWarning() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588").without("dev/dri/card1");

    assertFinding(board.finding("NPU node"), Status.WARNING, "/dev/dri/card1 (RKNPU): ", CONTAINER);
  }

  @Test
  void linkFromRknpuToADrmNode_isAProblem() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588").link("dev/rknpu", "dri/renderD129");

    assertFinding(board.finding("NPU node"), Status.PROBLEM, "is a link", "sudo rm /dev/rknpu");
  }

  /** The machine may have such nodes, but the runtime does not support its chip. */
  @Test
  void chipThatIsNotSupported_itsNpuIsNoProblem() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3568");
    board.file("sys/kernel/debug/rknpu/version", "RKNPU driver: development\n");
    assertFinding(board.finding("NPU driver"), Status.INFO, "which is not a version number");
    board.without("dev/dri/renderD129").without("dev/dri/card1");
    assertFinding(board.finding("NPU node"), Status.WARNING, "the file is missing");
    board.link("dev/rknpu", "dri/renderD129");
    assertFinding(board.finding("NPU node"), Status.INFO, "is a link");
  }

  @Test
  void severalNodesWithTheSameRemedy_nameItOnce() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.without("dev/dri/renderD129").without("dev/dri/card1");
    assertThat(board.finding("NPU node").detail()).containsOnlyOnce(CONTAINER);
  }

  /** Other accelerators have such nodes, too. */
  @Test
  void vendorsDriverBesideAnotherAccelerator_isNotTakenForTheMainlineDriver() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588").without("sys/class/drm").without("dev/dri");
    board.folder("sys/module/rknpu").file("dev/accel/accel0", "");
    assertFinding(
        board.finding("NPU node"), Status.PROBLEM, "none", "enable the NPU in the device");
  }

  @ParameterizedTest
  @CsvSource({
    "sys/module/rocket",
    "sys/bus/platform/drivers/rocket",
    "dev/accel/accel0",
    "sys/class/accel/accel0"
  })
  void mainlinesDriver_isAProblem(String trace) throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.without("sys/class/drm").without("sys/kernel").without("dev/dri");
    board.drm("card0", "panthor").drm("renderD128", "panthor");
    if (trace.equals("sys/class/accel/accel0")) {
      board.link(trace + "/device/driver", "../../../bus/platform/drivers/rocket");
    } else {
      board.folder(trace);
    }

    assertFinding(
        board.finding("NPU node"), Status.PROBLEM, "rocket", "the vendor's kernel", "rknpu driver");
    assertThat(board.finding("NPU driver").status()).isEqualTo(Status.PROBLEM);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rk3566", "rk3568", "rk3399", "rk3328", "rk3506", "rv1126"})
  void chipThatWasNeverSupported_isTheOnlyProblem(String chip) throws IOException {
    FakeBoard board = FakeBoard.healthy(root, chip);
    board.without("sys/class/drm").without("sys/kernel").without("dev/dri");

    assertThat(board.findings())
        .filteredOn(finding -> finding.status() != Status.INFO)
        .singleElement()
        .satisfies(
            finding ->
                assertFinding(
                    finding,
                    Status.PROBLEM,
                    "no release of RKLLM supports the " + chip.toUpperCase(Locale.ROOT),
                    "RK3588, RK3576, RK3562, RV1126B"));
  }

  @Test
  void unknownAndReducedChips_areWarnings() throws IOException {
    assertFinding(
        FakeBoard.healthy(root, "rk3688").finding("SoC"),
        Status.WARNING,
        "does not know the RK3688");
    assertFinding(
        FakeBoard.healthy(root, "rk3582").finding("SoC"),
        Status.WARNING,
        "the RK3582 is an RK3588");
    assertFinding(
        FakeBoard.healthy(root, "android").finding("SoC"), Status.WARNING, "cannot be identified");
  }

  @Test
  void clocksThatAreNotAtPerformance_areHints() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588");
    board.governor("sys/devices/system/cpu/cpufreq/policy4/scaling_governor", "ondemand");
    board.governor("sys/class/devfreq/fdab0000.npu/governor", "rknpu_ondemand");
    board.governor("sys/class/devfreq/dmc/governor", "dmc_ondemand");

    assertFinding(
        board.finding("CPU clock"),
        Status.INFO,
        "policy0 performance, policy4 ondemand; ",
        "echo performance | sudo tee /sys/devices/system/cpu/cpufreq/policy*/scaling_governor");
    assertFinding(
        board.finding("NPU clock"), Status.INFO, "rknpu_ondemand", "/sys/class/devfreq/*npu/");
    assertFinding(
        board.finding("memory clock"), Status.INFO, "dmc_ondemand", "/sys/class/devfreq/dmc/");
  }

  @Test
  void missingMemoryScaling_isAWarningWithWhatItCosts() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588").without("sys/class/devfreq/dmc");

    assertFinding(
        board.finding("memory clock"),
        Status.WARNING,
        "/sys/class/devfreq/dmc is missing",
        "7.7 tokens per second",
        "To fix this: ");
  }

  @Test
  void containerThatHidesTheDeviceTree_isSaidToDoSo() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588").without("proc/device-tree");
    board.file("sys/class/drm/renderD128/device/uevent", "OF_COMPATIBLE_0=rockchip,rk3588-mali\n");

    assertFinding(
        board.finding("SoC"),
        Status.WARNING,
        "RK3588 according to its devices, but /proc/device-tree is not visible",
        "--security-opt systempaths=unconfined");
    assertThat(board.finding("NPU node").status()).isEqualTo(Status.OK);
  }

  @Test
  void containerThatHidesTheDeviceTree_ofAChipThatIsNotSupported_isAProblem() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3568").without("proc/device-tree");
    board.file("sys/class/drm/renderD128/device/uevent", "OF_COMPATIBLE_0=rockchip,rk3568-mali\n");

    assertFinding(board.finding("SoC"), Status.PROBLEM, "no release of RKLLM supports the RK3568");
  }

  @Test
  void containerThatHidesSys_isSaidToDoSo() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3588").without("sys");

    assertFinding(board.finding("NPU driver"), Status.WARNING, "/sys is not visible");
    assertFinding(
        board.finding("NPU node"),
        Status.WARNING,
        "/dev/dri/renderD128, /dev/dri/renderD129",
        "it is unknown whether");
    assertThat(board.findings()).extracting(Finding::subject).doesNotContain("memory clock");
  }

  @Test
  void littleMemory_andUnreadableMemory_areDistinguished() throws IOException {
    FakeBoard board = FakeBoard.healthy(root, "rk3576");
    assertFinding(board.finding("memory"), Status.INFO, "15873 MB, 7812 MB available");

    board.file("proc/meminfo", "MemTotal: 1990000 kB\nMemAvailable: 300000 kB\n");
    assertFinding(
        board.finding("memory"),
        Status.WARNING,
        "292 MB available",
        "To fix this: end other programs");

    board.file("proc/meminfo", "MemTotal: 400000 kB\n");
    assertFinding(board.finding("memory"), Status.WARNING, "390 MB; the smallest models need");

    board.without("proc/meminfo");
    assertFinding(board.finding("memory"), Status.INFO, "/proc/meminfo cannot be read");
  }

  /** A machine with a GPU, an accelerator of another vendor, governors and little memory. */
  @Test
  void machineThatIsNotABoard_hasNoProblems() throws IOException {
    FakeBoard board = new FakeBoard(root).drm("card0", "i915").drm("renderD128", "i915");
    board.file("dev/accel/accel0", "");
    board.link("sys/class/accel/accel0/device/driver", "../../../bus/pci/drivers/intel_vpu");
    board.governor("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave");
    board.file("proc/meminfo", "MemTotal: 400000 kB\nMemAvailable: 300000 kB\n");

    assertThat(board.findingsOn(Machine.X86_64))
        .containsExactly(
            new Finding("SoC", Status.INFO, "no device tree; not a Rockchip board"),
            new Finding("NPU driver", Status.INFO, "none"),
            new Finding("NPU node", Status.INFO, "none visible"),
            new Finding("memory", Status.INFO, "390 MB, 292 MB available"));
    assertFinding(board.finding("SoC"), Status.INFO, "or a container hides it");
  }

  @Test
  void boardOfAnotherVendor_hasNoProblems() throws IOException {
    FakeBoard board = new FakeBoard(root).drm("renderD128", "v3d");
    board.file("proc/device-tree/compatible", "raspberrypi,5-model-b\0brcm,bcm2712\0");

    assertThat(board.findings()).extracting(Finding::status).containsOnly(Status.INFO);
    assertFinding(board.finding("SoC"), Status.INFO, "raspberrypi,5-model-b brcm,bcm2712");
  }
}
