package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.DoctorReport.Finding;
import io.rkllm.runtime.DoctorReport.Status;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DoctorTest {
  @TempDir Path folder;

  private static DoctorReport diagnose(@Nullable Path library) {
    return new FfmRuntimeProvider().diagnose(new RuntimeOptions(library, null, false));
  }

  @ParameterizedTest
  @EnumSource
  void simulator_isDescribed(Simulator simulator) {
    DoctorReport report = diagnose(simulator.library());

    assertThat(report.usable()).isTrue();
    assertThat(report.findings()).noneMatch(finding -> finding.status() == Status.PROBLEM);
    assertThat(report.toString())
        .contains(simulator.library().toString())
        .contains("found by RkllmModel.Builder.library")
        .contains("RKLLM SDK (version: " + simulator.release + " ")
        .contains("release " + simulator.release + ", ABI " + simulator.abi)
        .contains("15 of 15 found")
        .contains("this is the simulator")
        .contains("context 512, new tokens -1, top-k 40, top-p 0.90")
        .contains("libc.so.6")
        .contains("bytes, for " + Machine.ofThisJvm().label())
        .contains(System.getProperty("java.version"));
    assertThat(report.findings())
        .extracting(Finding::subject)
        .contains("SoC", "NPU driver", "NPU node", "CPU features", "memory", "native access");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1",
        "1.2.0",
        "missing-symbols",
        "unresolved-symbol",
        "missing-dependency",
        "signs-disagree"
      })
  void badLibrary_isAProblemAndNotAnException(String stub) {
    DoctorReport report = diagnose(Simulator.stub(stub));

    assertThat(report.usable()).isFalse();
    assertThat(report.findings()).anyMatch(finding -> finding.status() == Status.PROBLEM);
    assertThat(report.toString()).contains("To fix this: ");
  }

  @Test
  void missingDependency_isNamedWithItsRemedy() {
    assertThat(diagnose(Simulator.stub("missing-dependency")).findings())
        .anySatisfy(
            finding -> {
              assertThat(finding.status()).isEqualTo(Status.WARNING);
              assertThat(finding.detail()).contains("librknn_not_there.so was not seen");
            });
  }

  @Test
  void missingAndDamagedFiles_areProblems() throws Exception {
    assertThat(diagnose(folder.resolve("nothing.so")).usable()).isFalse();
    assertThat(diagnose(Files.writeString(folder.resolve("text.so"), "text")).usable()).isFalse();
    assertThat(diagnose(folder).usable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"future", "no-version"})
  @Tag("not-emulated")
  void unknownRelease_isAWarningWithItsRemedy(String stub) throws Exception {
    ForkedJvm.Result result =
        new ForkedJvm(folder, DoctorProgram.class).run(Simulator.stub(stub).toString());

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out().lines().filter(line -> line.matches("\\w+ +runtime .*")))
        .as(result.describe())
        .isNotEmpty()
        .allMatch(line -> line.startsWith("WARNING "))
        .anyMatch(line -> line.contains("does not know this release. To fix this: "));
  }

  @Test
  void board_isExamined() throws Exception {
    FakeBoard board = FakeBoard.healthy(folder, "rk3566");
    DoctorReport report =
        new Doctor(
                new RuntimeOptions(Simulator.V1_3.library(), null, false),
                new LibrarySearch(),
                board.facts())
            .report();

    assertThat(report.findings())
        .anyMatch(
            finding ->
                finding.status() == Status.PROBLEM && finding.detail().contains("the RK3566"));
  }

  @Test
  void unknownAbi_isAProblem() {
    RuntimeOptions options = new RuntimeOptions(Simulator.V1_3.library(), "7", false);
    assertThat(new FfmRuntimeProvider().diagnose(options).usable()).isFalse();
  }

  @Test
  void libgomp_isNamedWithItsPackage() {
    assertThat(LoaderFailure.install("libgomp.so.1")).contains("apt install libgomp1");
  }
}
