package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoardFactsTest {
  @TempDir Path root;

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void board_isRead() throws IOException {
    file("sys/kernel/debug/rknpu/version", "RKNPU driver: v0.9.8\n");
    file("dev/rknpu", "");
    file("proc/device-tree/compatible", "radxa,rock-5b\0rockchip,rk3588\0");
    file("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd asimddp\n\nprocessor\t: 1\n");
    file("proc/meminfo", "MemTotal:       16254204 kB\nMemAvailable:    8000000 kB\n");
    BoardFacts facts = new BoardFacts(root);

    assertThat(facts.driverVersion()).contains("0.9.8");
    DeviceNode node = new DeviceNode("/dev/rknpu", null);
    assertThat(facts.nodes().all()).containsExactly(node);
    assertThat(facts.nodes().refusal(node)).isEmpty();
    assertThat(facts.nodes().refusal(new DeviceNode("/dev/none", null))).isPresent();
    assertThat(facts.compatible()).containsExactly("radxa,rock-5b", "rockchip,rk3588");
    assertThat(facts.cpuFeatures()).contains("asimd asimddp");
    assertThat(facts.memoryMegabytes()).contains(15873L);
    assertThat(facts.availableMegabytes()).contains(7812L);
  }

  @Test
  void newerDriver_hasRenderNodesAndAModuleVersion() throws IOException {
    file("sys/module/rknpu/version", "1.0.2\n");
    file("dev/dri/renderD129", "");
    file("dev/dri/renderD128", "");
    file("dev/dri/card0", "");
    BoardFacts facts = new BoardFacts(root);

    assertThat(facts.driverVersion()).contains("1.0.2");
    assertThat(facts.nodes().all())
        .extracting(DeviceNode::path)
        .containsExactly("/dev/dri/card0", "/dev/dri/renderD128", "/dev/dri/renderD129");
  }

  @Test
  void machineWithoutAnything_hasNoFacts() {
    BoardFacts facts = new BoardFacts(root);

    assertThat(facts.driverVersion()).isEmpty();
    assertThat(facts.nodes().all()).isEmpty();
    assertThat(facts.nodes().compatible()).isEmpty();
    assertThat(facts.cpuGovernors()).isEmpty();
    assertThat(facts.hasRknpu()).isFalse();
    assertThat(facts.hasRocket()).isFalse();
    assertThat(facts.hasSys()).isFalse();
    assertThat(facts.compatible()).isEmpty();
    assertThat(facts.cpuFeatures()).isEmpty();
    assertThat(facts.memoryMegabytes()).isEmpty();
  }

  @Test
  void strangeContents_areSurvived() throws IOException {
    file("sys/kernel/debug/rknpu/version", "");
    file("proc/meminfo", "MemTotal: much\nMemTotal\n");
    file("proc/cpuinfo", "\0\0");
    Files.createDirectories(root.resolve("proc/device-tree/compatible"));
    Files.createDirectories(root.resolve("sys/devices/system/cpu/cpufreq/policy0"));
    file("sys/class/drm/renderD128/device/uevent", "DRIVER\n=\nDRIVER=\n");
    file("sys/class/drm/card0", "");
    file("dev/dri", "");
    BoardFacts facts = new BoardFacts(root);

    assertThatCode(
            () -> {
              assertThat(facts.driverVersion()).isEmpty();
              assertThat(facts.memoryMegabytes()).isEmpty();
              assertThat(facts.compatible()).isEmpty();
              assertThat(facts.cpuGovernors()).containsExactly(Map.entry("policy0", "unknown"));
              assertThat(facts.nodes().all())
                  .containsExactly(
                      new DeviceNode("/dev/dri/card0", null),
                      new DeviceNode("/dev/dri/renderD128", null));
            })
        .doesNotThrowAnyException();
  }

  @Test
  void drmNodes_haveTheirDriversByLinkOrUevent() throws IOException {
    FakeBoard board = new FakeBoard(root).drm("renderD128", "panthor");
    board.file(
        "sys/class/drm/renderD129/device/uevent",
        "DRIVER=RKNPU\nOF_NAME=npu\nOF_COMPATIBLE_0=rockchip,rk3576-rknpu\nOF_COMPATIBLE_N=1\n");
    board.file("sys/class/drm/renderD129-not", "").file("sys/class/drm/version", "drm 1.1.0");
    DeviceNodes nodes = board.facts().nodes();

    assertThat(nodes.all())
        .containsExactly(
            new DeviceNode("/dev/dri/renderD128", "panthor"),
            new DeviceNode("/dev/dri/renderD129", "RKNPU"));
    assertThat(nodes.all()).extracting(DeviceNode::isNpu).containsExactly(false, true);
    assertThat(nodes.all()).extracting(DeviceNode::isOther).containsExactly(true, false);
    assertThat(nodes.compatible()).containsExactly("rockchip,rk3576-rknpu");
  }

  @Test
  void group_isThatWhoseMembersMayUseTheNode() throws IOException {
    DeviceNode node = new DeviceNode("/dev/rknpu", null);
    file("dev/rknpu", "");
    Path file = root.resolve("dev/rknpu");
    DeviceNodes nodes = new BoardFacts(root).nodes();
    if (Files.isWritable(Path.of("/etc/passwd"))) { // root can assign the file to any group
      Files.setAttribute(
          file,
          "posix:group",
          file.getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByGroupName("daemon"));
    }
    String group = Files.getAttribute(file, "posix:group").toString();

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    assertThat(nodes.group(node)).hasValue(group);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(nodes.group(node)).isEmpty();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw--w----"));
    assertThat(nodes.group(node)).isEmpty();
  }
}
