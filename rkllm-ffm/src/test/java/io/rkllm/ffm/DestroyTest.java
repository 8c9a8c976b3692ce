package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.ffm.gen.v1_2.RKLLMLoraAdapter;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_3.RKLLMCallback;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.NativeFloats;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Memory and callbacks that native code may use until {@code rkllm_destroy} has succeeded, with all
 * ABIs.
 */
@Timeout(60)
class DestroyTest {
  @TempDir Path folder;
  private Path file = Path.of("");
  private Path lora = Path.of("");
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment result = RKLLMResult.allocate(arena).fill((byte) 0);
  private final NativeFloats keys = NativeFloats.allocate(6);
  private final NativeFloats values = NativeFloats.allocate(6);

  @BeforeEach
  void files() throws Exception {
    file = Files.writeString(folder.resolve("a model with a long name.rkllm"), "any");
    lora = Files.writeString(folder.resolve("an adapter with a long name.lora"), "any");
  }

  /**
   * The observations of native code.
   *
   * @param model the path in the {@code RKLLMParam}
   * @param adapter the path in the {@code RKLLMLoraAdapter}
   * @param late the number of its callbacks that were counted as late
   * @param floatsOpen whether the keys and values are open
   */
  private record Found(String model, String adapter, int late, boolean floatsOpen) {}

  private Found look(Simulator simulator, RecordedLibrary library) {
    int before = Stub.lateCalls();
    MemorySegment argument = library.only("rkllm_init").pointer(2);
    callback(
        simulator.is13()
            ? RKLLMCallback.result_callback(NativeMemory.ALL.asSlice(argument.address()))
            : argument);
    return new Found(
        text(library.only("rkllm_init").memory(1).get(ADDRESS, 0)),
        text(RKLLMLoraAdapter.lora_adapter_path(library.only("rkllm_load_lora").memory(1))),
        Stub.lateCalls() - before,
        isHeldOpen(keys) && isHeldOpen(values));
  }

  private static String text(MemorySegment pointer) {
    return pointer.reinterpret(4096).getString(0);
  }

  private void callback(MemorySegment pointer) {
    MethodHandle handle = Linker.nativeLinker().downcallHandle(pointer, ResultUpcall.CALLBACK);
    try {
      var _ = (int) handle.invokeExact(result.address(), 0L, ResultUpcall.NORMAL);
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  private static boolean isHeldOpen(NativeFloats floats) {
    try {
      floats.close();
      return false;
    } catch (IllegalStateException held) {
      return true;
    }
  }

  /** Reuses freed memory, so that its previous contents are overwritten. */
  private static void useFreedMemory() {
    for (int i = 0; i < 200; i++) {
      var _ = Arena.ofAuto().allocate(16 + i * 16L).fill((byte) 'x');
    }
  }

  private NativeModel load(RecordedLibrary library, Simulator simulator) throws Exception {
    NativeModel model = library.runtime(simulator.release).load(ModelConfig.of(file));
    model.loadLora("style", lora, 1);
    CrossAttention.Shape shape = new CrossAttention.Shape(1, 1, 3);
    model.setCrossAttention(
        CrossAttention.of(shape, keys, values, new float[] {1, 1}, new int[] {0, 1}));
    return model;
  }

  private Found everything() {
    return new Found(file.toString(), lora.toString(), 0, true);
  }

  @ParameterizedTest
  @EnumSource
  void destroy_untilItHasSucceeded_keepsEverything_andGivesItBackThen(Simulator simulator)
      throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    List<Found> inside = new ArrayList<>();
    library.when(
        "rkllm_destroy",
        _ -> {
          useFreedMemory();
          inside.add(look(simulator, library));
          return 0;
        });
    NativeModel model = load(library, simulator);
    assertThat(look(simulator, library)).isEqualTo(everything());

    model.destroy();

    assertThat(inside).containsExactly(everything());
    int before = Stub.lateCalls();
    MemorySegment argument = library.only("rkllm_init").pointer(2);
    callback(
        simulator.is13()
            ? RKLLMCallback.result_callback(NativeMemory.ALL.asSlice(argument.address()))
            : argument);
    assertThat(Stub.lateCalls()).isEqualTo(before + 1);
    assertThatCode(keys::close).doesNotThrowAnyException();
    assertThatCode(values::close).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource
  void destroy_thatFails_keepsEverythingForever(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator).when("rkllm_destroy", _ -> -2);
    WeakReference<NativeModel> leaked = new WeakReference<>(destroyInVain(library, simulator));
    for (int i = 0; i < 3; i++) {
      System.gc();
      useFreedMemory();
    }

    assertThat(look(simulator, library)).isEqualTo(everything());
    assertThat(leaked.get()).as("what native code may use is still reachable").isNotNull();
  }

  /** Native code still uses the handle. */
  @ParameterizedTest
  @EnumSource
  void handleOfAModelThatCouldNotBeDestroyed_isNotTakenForAnother(Simulator simulator)
      throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator).when("rkllm_destroy", _ -> -2);
    FfmRuntime runtime = library.runtime(simulator.release);
    NativeModel model = runtime.load(ModelConfig.of(file));
    assertThatThrownBy(model::destroy).isInstanceOf(RkllmException.class);
    assertThatThrownBy(() -> runtime.load(ModelConfig.of(file)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("the handle of another open model");
  }

  @ParameterizedTest
  @EnumSource
  void crossAttention_isHeldUntilNativeCodeHasAcceptedOther(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    NativeModel model = load(library, simulator);
    NativeFloats others = NativeFloats.allocate(6);
    CrossAttention other =
        CrossAttention.of(
            new CrossAttention.Shape(1, 1, 3),
            others,
            others,
            new float[] {1, 1},
            new int[] {0, 1});
    library.when("rkllm_set_cross_attn_params", _ -> -1);
    assertThat(model.setCrossAttention(other)).isEqualTo(-1);
    assertThat(isHeldOpen(keys) && isHeldOpen(values) && isHeldOpen(others)).isTrue();

    library.when("rkllm_set_cross_attn_params", _ -> 0);
    assertThat(model.setCrossAttention(other)).isZero();
    assertThat(isHeldOpen(keys) || isHeldOpen(values)).isFalse();
    assertThat(isHeldOpen(others)).isTrue();
    model.destroy();
    assertThat(isHeldOpen(others)).isFalse();
  }

  private NativeModel destroyInVain(RecordedLibrary library, Simulator simulator) throws Exception {
    NativeModel model = load(library, simulator);
    assertThatThrownBy(model::destroy)
        .isInstanceOfSatisfying(
            RkllmException.class, failure -> assertThat(failure.nativeCode()).isEqualTo(-2))
        .hasMessageContaining("not freed");
    assertThatThrownBy(model::destroy).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(model::kvCacheSizes).isInstanceOf(IllegalStateException.class);
    library.only("rkllm_destroy"); // is not called a second time
    return model;
  }
}
