package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import io.rkllm.consumer.ModularProgram;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;

/** The SDK as modules, of which only this one may call native code. */
@Tag("not-emulated") // the same on every processor
class ModulePathTest {
  @TempDir Path folder;

  private static String locationOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  @ParameterizedTest
  @EnumSource
  void onlyThisModule_needsNativeAccess(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, "when: *", "say: hello");
    String modules =
        Stream.of(
                locationOf(RkllmModel.class),
                locationOf(FfmRuntimeProvider.class),
                locationOf(Logger.class))
            .collect(Collectors.joining(File.pathSeparator));

    ForkedJvm.Result result =
        new ForkedJvm(folder, ModularProgram.class)
            .option("--module-path=" + modules)
            .option("--add-modules=io.rkllm.ffm")
            .option("--illegal-native-access=deny")
            .option("--enable-native-access=io.rkllm.ffm")
            .run(simulator.library().toString(), file.path().toString(), "hi");

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out().lines().toList())
        .as(result.describe())
        .endsWith("module io.rkllm.core: hello");
    assertThat(List.of(result.err().split("\n", -1))).noneMatch(line -> line.contains("WARNING"));
  }
}
