package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.NativeLibraryException;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several libraries in one JVM. */
@Timeout(60)
class SideBySideTest {
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Test
  void allAbis_coexist() {
    assertThat(Simulator.V1_2.runtime().info().abi()).isEqualTo("1.2");
    assertThat(Simulator.V1_3.runtime().info().abi()).isEqualTo("1.3");
    assertThat(Simulator.V1_2.runtime().info().release()).isEqualTo("1.2.3");
    assertThat(Simulator.V1_3.runtime().info().release()).isEqualTo("1.3.0");
    assertThat(Simulator.V1_3_1.runtime().info().abi()).isEqualTo("1.3.1");
    assertThat(Simulator.V1_3_1.runtime().info().release()).isEqualTo("1.3.1");
    assertThat(Simulator.V1_3.runtime().info().simulator()).isTrue();
    assertThat(Simulator.V1_3.runtime().info().known()).isTrue();
    assertThat(Simulator.V1_3.runtime().info().library()).isEqualTo(Simulator.V1_3.library());
  }

  @ParameterizedTest
  @EnumSource
  void samePath_isOpenedOnce(Simulator simulator) throws Exception {
    Path library = simulator.copyIn(folder);
    Path link = Files.createSymbolicLink(folder.resolve("link.so"), library);

    assertThat(Simulator.open(library))
        .isSameAs(Simulator.open(library))
        .isSameAs(Simulator.open(link));
    assertThat(Simulator.open(library)).isNotSameAs(simulator.runtime());
  }

  @ParameterizedTest
  @EnumSource
  void copiesOfOneAbi_runSideBySideAndAreTwoLibraries(Simulator simulator) throws Exception {
    List<Path> libraries = List.of(simulator.copyIn(folder), simulator.copyIn(folder));
    List<ModelFile> files = new ArrayList<>();
    List<Callable<String>> runs = new ArrayList<>();
    for (Path library : libraries) {
      ModelFile file = ModelFile.in(folder, "when: *", "say: I am " + library, "cut: chars");
      files.add(file);
      runs.add(() -> answer(Simulator.open(library), file));
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      List<Future<String>> answers = executor.invokeAll(runs);
      for (int i = 0; i < 2; i++) {
        assertThat(answers.get(i).get()).isEqualTo("I am " + libraries.get(i));
        // Each counts separately; a single library would have counted both runs.
        assertThat(files.get(i).ledger()).contains(" runs=1 ").contains(" misuse=0 ");
      }
    }
  }

  private static String answer(InferenceRuntime runtime, ModelFile file) {
    NativeModel model = runtime.load(file.config());
    RecordingObserver observer = new RecordingObserver();
    model.run(RunRequest.of(TextPrompt.of("?")), observer);
    model.destroy();
    return observer.text();
  }

  @Test
  void openLibrary_askedForWithAnotherAbi_isRefused() {
    Simulator.V1_3.runtime();

    assertThatThrownBy(
            () ->
                new FfmRuntimeProvider()
                    .open(new RuntimeOptions(Simulator.V1_3.library(), "1.2", false)))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("already open");
  }

  @Test
  void unknownAbi_isRejectedWithMessage() {
    assertThatThrownBy(
            () ->
                new FfmRuntimeProvider()
                    .open(new RuntimeOptions(Simulator.V1_3.library(), "1.4", false)))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("1.4")
        .hasMessageContaining("1.2, 1.3 or 1.3.1");
  }
}
