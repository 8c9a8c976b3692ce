package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    assertThat(facts.npuNodes()).containsExactly("/dev/rknpu");
    assertThat(facts.mayOpen("/dev/rknpu")).isTrue();
    assertThat(facts.mayOpen("/dev/none")).isFalse();
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
    assertThat(facts.npuNodes()).containsExactly("/dev/dri/renderD128", "/dev/dri/renderD129");
  }

  @Test
  void machineWithoutAnything_hasNoFacts() {
    BoardFacts facts = new BoardFacts(root);

    assertThat(facts.driverVersion()).isEmpty();
    assertThat(facts.npuNodes()).isEmpty();
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
    BoardFacts facts = new BoardFacts(root);

    assertThatCode(
            () -> {
              assertThat(facts.driverVersion()).isEmpty();
              assertThat(facts.memoryMegabytes()).isEmpty();
              assertThat(facts.compatible()).isEmpty();
            })
        .doesNotThrowAnyException();
  }
}
