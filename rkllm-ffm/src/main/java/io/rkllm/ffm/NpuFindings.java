package io.rkllm.ffm;

import io.rkllm.runtime.DoctorReport.Finding;
import io.rkllm.runtime.DoctorReport.Status;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Evaluates the NPU's kernel driver and device nodes. The library finds the NPU itself: older
 * drivers have {@code /dev/rknpu}, newer ones only DRM nodes, so neither is required. If no
 * supported chip was found, missing nodes are reported for information only, because there may be
 * no NPU.
 */
final class NpuFindings {
  private static final String VENDOR_KERNEL =
      "install an image with the vendor's kernel (5.10 or 6.1) and its rknpu driver "
          + DriverVersion.WANTED
          + " or later";
  private static final String IN_A_CONTAINER =
      "in a container, add the devices (--device /dev/dri, or --device " + DeviceNode.RKNPU + ")";

  private final BoardFacts board;
  private final DeviceNodes nodes;
  private final boolean expected;

  /**
   * @param expected whether this is a board with an NPU that the runtime supports
   */
  NpuFindings(BoardFacts board, boolean expected) {
    this.board = board;
    this.nodes = board.nodes();
    this.expected = expected;
  }

  /** Returns the findings about the driver and the nodes. */
  List<Finding> all() {
    return List.of(driver(), node());
  }

  private Finding driver() {
    return board.driverVersion().map(this::version).orElseGet(this::driverWithoutVersion);
  }

  private Finding version(String text) {
    DriverVersion version = DriverVersion.parse(text);
    if (version == null) {
      return driver(
          expected ? Status.WARNING : Status.INFO,
          "rknpu with the version \"%s\", which is not a version number; the runtime needs %s"
                  .formatted(text, DriverVersion.WANTED)
              + " or later");
    }
    if (!expected || version.compareTo(DriverVersion.WANTED) >= 0) {
      return driver(expected ? Status.OK : Status.INFO, "rknpu " + text);
    }
    boolean fails = version.compareTo(DriverVersion.LEAST) < 0;
    return driver(
        fails ? Status.PROBLEM : Status.WARNING,
        "rknpu %s is older than %s, which the runtime needs; %s. To fix this: %s"
            .formatted(
                text,
                DriverVersion.WANTED,
                fails
                    ? "with drivers this old models fail to load or to run"
                    : "loading or running a model may fail",
                VENDOR_KERNEL));
  }

  private Finding driverWithoutVersion() {
    if (board.hasRknpu() || !npuNodes().isEmpty()) {
      return driver(
          Status.INFO,
          "rknpu; its version is not readable by this user: sudo cat"
              + " /sys/kernel/debug/rknpu/version should say "
              + DriverVersion.WANTED
              + " or later");
    }
    if (!expected) {
      return driver(Status.INFO, "none");
    }
    if (board.hasRocket()) {
      return driver(
          Status.PROBLEM,
          "rocket, the mainline Linux driver of this NPU; the runtime works only with the vendor's"
              + " driver, rknpu. To fix this: "
              + VENDOR_KERNEL);
    }
    if (!board.hasSys()) {
      return driver(
          Status.WARNING,
          "unknown, because /sys is not visible. To fix this: in a container, mount it (-v"
              + " /sys:/sys:ro)");
    }
    return driver(Status.PROBLEM, "the kernel has no rknpu driver. To fix this: " + VENDOR_KERNEL);
  }

  private Finding node() {
    List<DeviceNode> npu = npuNodes();
    if (nodes.isRknpuLinkedToDrm()) {
      return node(
          expected ? Status.PROBLEM : Status.INFO,
          "/dev/rknpu is a link to a DRM node, which does not support the requests that the runtime"
              + " sends to /dev/rknpu. To fix this: sudo rm /dev/rknpu; the runtime finds the DRM"
              + " node itself");
    }
    if (!npu.isEmpty()) {
      return access(npu);
    }
    return expected ? missing() : node(Status.INFO, "none visible");
  }

  /** Reports whether this user can open the NPU's nodes. */
  private Finding access(List<DeviceNode> npu) {
    Map<DeviceNode, DeviceNodes.Refusal> refused = refused(npu);
    if (refused.isEmpty()) {
      return node(Status.OK, list(npu));
    }
    // It is undocumented which of the driver's two DRM nodes the library opens.
    boolean all = refused.size() == npu.size();
    return node(
        all && expected ? Status.PROBLEM : Status.WARNING,
        refused.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue().reason())
                .collect(Collectors.joining("; "))
            + ". To fix this: "
            + refused.entrySet().stream()
                .map(entry -> remedy(entry.getKey(), entry.getValue(), nodes.group(entry.getKey())))
                .distinct()
                .collect(Collectors.joining("; "))
            + otherNodes(" (%s is visible, but does not belong to the NPU)"));
  }

  private Map<DeviceNode, DeviceNodes.Refusal> refused(List<DeviceNode> npu) {
    Map<DeviceNode, DeviceNodes.Refusal> refused = new LinkedHashMap<>();
    for (DeviceNode node : npu) {
      nodes.refusal(node).ifPresent(refusal -> refused.put(node, refusal));
    }
    return refused;
  }

  /**
   * Returns what to do so that this user can open a node.
   *
   * @param group the group whose members can open it
   */
  static String remedy(DeviceNode node, DeviceNodes.Refusal refusal, Optional<String> group) {
    if (!refusal.byPermissions()) {
      return IN_A_CONTAINER;
    }
    return group
        .map(
            "sudo usermod -aG %s $USER, then log in again (in a container: --group-add)"::formatted)
        .orElseGet(
            () ->
                ("grant access to a group with a file in /etc/udev/rules.d that contains the line"
                        + " KERNEL==\"%s\", GROUP=\"render\", MODE=\"0660\"")
                    .formatted(node.name()));
  }

  /** Reports that no node of the NPU was found on a board that should have one. */
  private Finding missing() {
    if (board.hasRocket() || (nodes.hasAccel() && !board.hasRknpu())) {
      return node(
          Status.PROBLEM,
          "none of the vendor's driver; the NPU is used by the mainline driver, rocket, which the"
              + " runtime does not support. To fix this: "
              + VENDOR_KERNEL);
    }
    List<DeviceNode> undetermined = nodes.all().stream().filter(node -> !node.isOther()).toList();
    if (!undetermined.isEmpty()) {
      return node(
          Status.WARNING,
          list(undetermined)
              + ": it is unknown whether this belongs to the NPU, because /sys/class/drm has no"
              + " entry. To fix this: in a container, mount /sys (-v /sys:/sys:ro)");
    }
    return node(
        Status.PROBLEM,
        "none"
            + otherNodes("; %s belongs to another device, such as the GPU")
            + ". To fix this: "
            + (board.hasRknpu()
                ? "enable the NPU in the device tree (dmesg | grep -i rknpu shows how it started); "
                : VENDOR_KERNEL + "; ")
            + IN_A_CONTAINER);
  }

  private String otherNodes(String format) {
    List<DeviceNode> otherNodes =
        nodes.all().stream()
            .filter(node -> node.isOther() && node.name().startsWith("renderD"))
            .toList();
    return otherNodes.isEmpty() ? "" : format.formatted(list(otherNodes));
  }

  private List<DeviceNode> npuNodes() {
    return nodes.all().stream().filter(DeviceNode::isNpu).toList();
  }

  private static String list(List<DeviceNode> nodes) {
    return nodes.stream().map(DeviceNode::toString).collect(Collectors.joining(", "));
  }

  private static Finding driver(Status status, String detail) {
    return new Finding("NPU driver", status, detail);
  }

  private static Finding node(Status status, String detail) {
    return new Finding("NPU node", status, detail);
  }
}
