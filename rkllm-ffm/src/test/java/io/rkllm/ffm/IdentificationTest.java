package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.NativeLibraryException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentificationTest {
  private static final Probe PROBE_1_2 = new Probe(List.of(Abi12.INSTANCE), false, 208);
  private static final Probe PROBE_1_3 = new Probe(List.of(Abi13.V1_3_0, Abi13.V1_3_1), false, 184);
  private static final Probe PROBE_NONE = new Probe(List.of(), false, 200);
  private static final Probe PROBE_BOTH = new Probe(Abi.ALL, false, 208);
  private static final Probe PROBE_OLD = new Probe(List.of(Abi12.INSTANCE), true, 200);

  private static ElfFile library(@Nullable String release) {
    VersionText version =
        release == null
            ? null
            : new VersionText("RKLLM SDK (version: " + release + " | target: Linux)", release);
    return new ElfFile(
        Path.of("/opt/librkllmrt.so"),
        1000,
        62,
        Set.copyOf(NativeLibrary.FUNCTIONS),
        List.of(),
        version);
  }

  /**
   * Every golden file belongs to a known release, whose ABI has the same sizes; and every ABI has
   * one.
   */
  @Test
  void knownReleases_areThoseOfTheGoldenFiles() throws Exception {
    Map<Abi, String> golden = new HashMap<>();
    Path folder = Simulator.V1_2.layouts().getParent();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "abi-*.json")) {
      for (Path file : files) {
        Map<String, Object> layouts = Golden.read(file);
        String release = (String) layouts.get("runtime");
        Map<String, Object> structs = Golden.object(layouts.get("structs"));
        Abi abi = Release.KNOWN.get(release);

        assertThat(abi).as(release).isNotNull();
        assertThat(abi.inputSize())
            .as(release)
            .isEqualTo((int) Golden.object(structs.get("RKLLMInput")).get("size"));
        golden.put(abi, release);
      }
    }
    assertThat(golden.keySet()).containsExactlyInAnyOrderElementsOf(Abi.ALL);
    Set<String> alike = new HashSet<>(Release.KNOWN.keySet());
    alike.removeAll(golden.values());
    assertThat(alike).as("laid out as 1.2.3").containsExactlyInAnyOrder("1.2.1", "1.2.2");
  }

  private static Probe probe(String abi) {
    return abi.equals("1.2") ? PROBE_1_2 : PROBE_1_3;
  }

  @ParameterizedTest
  @CsvSource({"1.2.1,1.2", "1.2.2,1.2", "1.2.3,1.2", "1.3.0,1.3", "1.3.1,1.3.1"})
  void knownReleaseWithFittingProbe_isTakenWithoutWarning(String release, String abi) {
    Identification.checkBytes(library(release), null);
    Identification identification = Identification.decide(library(release), probe(abi), null);

    assertThat(identification.abi().name()).isEqualTo(abi);
    assertThat(identification.release()).isEqualTo(release);
    assertThat(identification.known()).isTrue();
    assertThat(identification.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1.2.1b1,1.2",
    "1.2.4,1.2",
    "1.2.9,1.2",
    "1.3.0b1,1.3",
    "1.3.1b2,1.3.1",
    "1.3.2,1.3.1",
    "1.3.7,1.3.1",
    "1.4.0,1.3.1",
    "2.0.0,1.3.1"
  })
  void unknownReleaseWithFittingProbe_isTakenWithWarning(String release, String abi) {
    Identification.checkBytes(library(release), null);
    Identification identification = Identification.decide(library(release), probe(abi), null);

    assertThat(identification.abi().name()).isEqualTo(abi);
    assertThat(identification.known()).isFalse();
    assertThat(identification.warnings())
        .singleElement()
        .asString()
        .contains(release)
        .contains("compatible with ABI " + abi)
        .contains("batches are rejected");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.1", "1.1.0", "1.1.4", "1.2.0", "0.9.9"})
  void oldRelease_isRefusedByName(String release) {
    assertThatThrownBy(() -> Identification.checkBytes(library(release), null))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("/opt/librkllmrt.so")
        .hasMessageContaining("release " + release)
        .hasMessageContaining("install the librkllmrt.so of runtime release 1.2.1");
  }

  @Test
  void signsThatDisagree_areRefused() {
    for (Probe probe : List.of(PROBE_1_3, PROBE_NONE, PROBE_BOTH, PROBE_OLD)) {
      assertThatThrownBy(() -> Identification.decide(library("1.2.3"), probe, null))
          .isInstanceOf(NativeLibraryException.class)
          .hasMessageContaining("its indicators contradict each other")
          .hasMessageContaining("1.2.3")
          .hasMessageContaining("rkllm.library.abi");
    }
    // A later release is never assumed to have the older ABI.
    assertThatThrownBy(() -> Identification.decide(library("1.5.0"), PROBE_1_2, null))
        .isInstanceOf(NativeLibraryException.class);
  }

  @Test
  void noVersionLine_symbolsAndProbeDecide() {
    Identification identification = Identification.decide(library(null), PROBE_1_2, null);

    assertThat(identification.release()).isEqualTo("unknown");
    assertThat(identification.abi()).isEqualTo(Abi12.INSTANCE);
    assertThat(identification.simulator()).isFalse();
    assertThat(identification.known()).isFalse();
    assertThat(identification.warnings()).isNotEmpty();
    assertThat(Identification.decide(library(null), PROBE_1_3, null).abi())
        .as("the one with the largest inputs")
        .isEqualTo(Abi13.V1_3_1);
    assertThatThrownBy(() -> Identification.decide(library(null), PROBE_NONE, null))
        .isInstanceOf(NativeLibraryException.class);
  }

  @Test
  void override_isObeyedWithAWarning() {
    Identification agreed = Identification.decide(library("1.3.0"), PROBE_1_3, Abi13.V1_3_0);
    assertThat(agreed.warnings()).isEmpty();
    assertThat(agreed.known()).isTrue();

    Identification forced = Identification.decide(library("1.3.0"), PROBE_1_2, Abi12.INSTANCE);
    assertThat(forced.abi()).isEqualTo(Abi12.INSTANCE);
    assertThat(forced.why()).contains("option");
    assertThat(forced.warnings()).isNotEmpty();
    assertThat(forced.known()).isFalse();
    Identification other = Identification.decide(library("1.3.0"), PROBE_1_3, Abi13.V1_3_1);
    assertThat(other.warnings()).singleElement().asString().contains("ABI 1.3.1 was set by option");

    Identification.checkBytes(library("1.2.0"), Abi12.INSTANCE);
  }

  @Test
  void override_doesNotReplaceMissingFunctions() {
    ElfFile stub = ElfFile.read(Simulator.stub("missing-symbols"));

    assertThatThrownBy(() -> Identification.checkBytes(stub, Abi13.V1_3_0))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("it lacks rkllm_run, rkllm_abort");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.1 | older than 1.2.1",
        "1.2.0 | it is runtime release 1.2.0",
        "missing-symbols | it lacks rkllm_run, rkllm_abort",
      })
  void stub_isRefusedByItsBytes(String stub, String finding) {
    ElfFile elf = ElfFile.read(Simulator.stub(stub));

    assertThatThrownBy(() -> Identification.checkBytes(elf, null))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining(finding);
  }

  @Test
  void symbolsOfOldReleases_areNamed() {
    ElfFile old = ElfFile.read(Simulator.stub("1.1"));
    ElfFile older = new ElfFile(old.path(), 1, 62, old.functions(), List.of(), null);
    assertThatThrownBy(() -> Identification.checkBytes(older, null))
        .hasMessageContaining("symbols are those of release 1.1 or older");

    ElfFile stub = ElfFile.read(Simulator.stub("1.2.0"));
    ElfFile unnamed = new ElfFile(stub.path(), 1, 62, stub.functions(), List.of(), null);
    assertThatThrownBy(() -> Identification.checkBytes(unnamed, null))
        .hasMessageContaining("symbols are those of release 1.2.0");

    ElfFile other = new ElfFile(stub.path(), 1, 62, Set.of(), List.of(), null);
    assertThatThrownBy(() -> Identification.checkBytes(other, null))
        .hasMessageContaining("it is not an RKLLM runtime");
  }

  @ParameterizedTest
  @EnumSource
  void simulator_isIdentifiedByAllSigns(Simulator simulator) throws Exception {
    ElfFile elf = ElfFile.read(simulator.library());
    NativeLibrary library = NativeLibrary.open(simulator.library());
    Probe probe = Probe.of(library.createDefaultParam());
    Identification identification = Identification.decide(elf, probe, null);
    library.close();

    assertThat(identification.abi().name()).isEqualTo(simulator.abi);
    assertThat(identification.simulator()).isTrue();
    assertThat(identification.warnings()).isEmpty();
    assertThat(probe.only(identification.abi())).isTrue();
    assertThat(probe.written()).isLessThanOrEqualTo(simulator == Simulator.V1_2 ? 208 : 184);
  }

  @Test
  void oldStub_isRecognizedByTheProbe() throws Exception {
    Probe probe = probeOf("1.1");

    assertThat(probe.olderThan12()).isTrue();
    assertThat(probe.describe()).contains("before release 1.2");
  }

  /** The previous contents of the memory are plausible, but different each time. */
  @Test
  void parametersThatAreNotWritten_areIgnored() throws Exception {
    Probe probe = probeOf("half-written");

    assertThat(probe.fits()).isEmpty();
    assertThat(probe.olderThan12()).isFalse();
    assertThat(probe.describe()).isEqualTo("its default parameters match no known ABI");
    assertThat(probe.written()).isEqualTo(73); // n_batch is the last field it writes
  }

  @Test
  void parametersOfARelease_areWrittenToTheirEnd() throws Exception {
    assertThat(probeOf("no-version").written()).isEqualTo(184);
    assertThat(probeOf("signs-disagree").fits()).containsExactly(Abi12.INSTANCE);
    assertThat(probeOf("no-version").fits()).containsExactly(Abi13.V1_3_0, Abi13.V1_3_1);
  }

  private static Probe probeOf(String stub) throws Exception {
    var handle = DynamicLoader.open(Simulator.stub(stub));
    try {
      return Probe.of(DynamicLoader.symbol(handle, "rkllm_createDefaultParam"));
    } finally {
      DynamicLoader.close(handle);
    }
  }
}
