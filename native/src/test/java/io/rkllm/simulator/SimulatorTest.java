package io.rkllm.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SimulatorTest {
  @TempDir private Path folder;

  @BeforeEach
  void unpackHere() {
    System.setProperty(Simulator.DIRECTORY_PROPERTY, folder.toString());
  }

  @AfterEach
  void unpackWhereverItWas() {
    System.clearProperty(Simulator.DIRECTORY_PROPERTY);
  }

  @ParameterizedTest
  @EnumSource
  void library_ofARelease_isTheOneThatWasBuilt(Release release) {
    Path built =
        Path.of(System.getProperty("rkllm.test.simulator.dir"), release.version(), "librkllmrt.so");

    Path library = Simulator.library(release);

    assertThat(library).isAbsolute().startsWith(folder).hasFileName("librkllmrt.so");
    assertThat(library).hasSameBinaryContentAs(built);
    assertThat(Simulator.library(release)).isEqualTo(library);
  }

  @Test
  void library_ofTwoReleases_areTwoFiles() {
    assertThat(Simulator.library(Release.V1_2)).isNotEqualTo(Simulator.library(Release.V1_3));
  }

  @Test
  void demonstrationModel_whenUnpacked_isTheOneOfTheSources() {
    Path source = Path.of(System.getProperty("rkllm.test.models.dir"), "demo.rkllm");

    assertThat(Simulator.demonstrationModel()).hasSameBinaryContentAs(source);
  }

  @Test
  void library_withoutAFolderNamed_isInAFolderOfTheUserAlone() throws Exception {
    System.clearProperty(Simulator.DIRECTORY_PROPERTY);

    Path root = Simulator.library(Release.V1_3).getParent().getParent();

    assertThat(root.getParent()).isEqualTo(Path.of(System.getProperty("java.io.tmpdir")));
    assertThat(root.getFileName().toString()).startsWith("rkllm-simulator-");
    assertThat(Files.getPosixFilePermissions(root))
        .hasToString("[OWNER_READ, OWNER_WRITE, OWNER_EXECUTE]");
  }

  @Test
  void library_onAnotherPlatform_saysWhatThereIsAndWhatToDo() {
    assertThatThrownBy(() -> Simulator.library(Release.V1_3, new Platform("Mac OS X", "aarch64")))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContainingAll(
            "release 1.3",
            "os.name=Mac OS X, os.arch=aarch64",
            "this jar has linux-",
            "io.rkllm.test.ScriptedRuntime",
            "io.rkllm:rkllm-test");
    assertThatThrownBy(() -> Simulator.library(Release.V1_2, new Platform("Linux", "riscv64")))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("os.arch=riscv64");
  }

  @Test
  void library_whereAFileIsInTheWay_namesItAndTheProperty() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "", StandardCharsets.UTF_8);
    System.setProperty(Simulator.DIRECTORY_PROPERTY, file.toString());

    assertThatThrownBy(() -> Simulator.library(Release.V1_3))
        .hasMessageContainingAll(file.toString(), Simulator.DIRECTORY_PROPERTY);
  }
}
