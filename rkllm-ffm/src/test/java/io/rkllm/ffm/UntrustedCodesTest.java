package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Impossible return values and outputs of C functions are rejected. */
@Timeout(60)
class UntrustedCodesTest {
  @TempDir Path folder;
  private Path file = Path.of("");
  private final AtomicLong handle = new AtomicLong(RecordedLibrary.HANDLE);

  @BeforeEach
  void modelFile() throws Exception {
    file = Files.writeString(folder.resolve("any.rkllm"), "any");
  }

  private RecordedLibrary library(Simulator simulator) throws Exception {
    return new RecordedLibrary(simulator)
        .when(
            "rkllm_init",
            call -> {
              call.memory(0).set(ADDRESS, 0, MemorySegment.ofAddress(handle.get()));
              return 0;
            });
  }

  @ParameterizedTest
  @EnumSource
  void handleThatCannotBeOne_isRefusedAndNeverUsed(Simulator simulator) throws Exception {
    RecordedLibrary library = library(simulator);
    FfmRuntime runtime = library.runtime(simulator.release);
    for (long garbage : new long[] {1, 0xff, 4095, -1}) {
      handle.set(garbage);
      assertThatThrownBy(() -> runtime.load(ModelConfig.of(file)))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("returned 0 and the invalid handle 0x%x", garbage);
    }
    assertThat(library.calls)
        .extracting(RecordedLibrary.Call::function)
        .containsOnly("rkllm_createDefaultParam", "rkllm_init");
  }

  @ParameterizedTest
  @EnumSource
  void handleOfAnotherModelThatIsOpen_isRefused_afterDestroyItIsTaken(Simulator simulator)
      throws Exception {
    RecordedLibrary library = library(simulator);
    FfmRuntime runtime = library.runtime(simulator.release);
    NativeModel first = runtime.load(ModelConfig.of(file));

    assertThatThrownBy(() -> runtime.load(ModelConfig.of(file)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("0x123456789abc, which is the handle of another open model");
    assertThat(library.calls).noneMatch(c -> c.function().equals("rkllm_destroy"));
    first.destroy();
    runtime.load(ModelConfig.of(file)).destroy();

    NativeModel leaked = runtime.load(ModelConfig.of(file));
    library.when("rkllm_destroy", _ -> 2);
    assertThatThrownBy(leaked::destroy).isInstanceOf(RkllmException.class);
    assertThatThrownBy(() -> runtime.load(ModelConfig.of(file)))
        .hasMessageContaining("which is the handle of another open model");
  }

  @ParameterizedTest
  @EnumSource
  void initCodes_ofAnyValue_areRefusals(Simulator simulator) throws Exception {
    for (int code : new int[] {-1, 1, 7, -1000, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      RecordedLibrary library = library(simulator);
      library.when("rkllm_init", _ -> code);
      assertThatThrownBy(() -> library.runtime(simulator.release).load(ModelConfig.of(file)))
          .isInstanceOfSatisfying(
              ModelLoadException.class, e -> assertThat(e.nativeCode()).isEqualTo(code))
          .hasMessageContaining("failed with code " + code)
          .hasMessageContaining("device nodes")
          .hasMessageContaining("RKLLM_LOG_LEVEL=1");
    }
  }

  @ParameterizedTest
  @EnumSource
  void kvCacheSizesThatCannotBe_areAnException(Simulator simulator) throws Exception {
    for (int size : new int[] {-1, Integer.MIN_VALUE, 4097, Integer.MAX_VALUE}) {
      RecordedLibrary library = library(simulator);
      library.when(
          "rkllm_get_kv_cache_size",
          call -> {
            call.memory(1).set(JAVA_INT, 0, size);
            return 0;
          });
      NativeModel model =
          library
              .runtime(simulator.release)
              .load(ModelConfig.builder(file).contextLength(4096).build());
      assertThatThrownBy(model::kvCacheSizes)
          .isInstanceOf(RkllmException.class)
          .hasMessageContaining("returned " + size + " tokens")
          .hasMessageContaining("context of 4096");
    }
  }
}
