package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ModelLoadException;
import io.rkllm.ffm.RecordedLibrary.Call;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_3.RKLLMCallback;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Function pointers remain valid, are reused, and ignore late calls. */
@Timeout(60)
class CallbackPointersTest {
  private static final int NORMAL = 0;

  @TempDir Path folder;
  private Path file = Path.of("");
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment result = RKLLMResult.allocate(arena).fill((byte) 0);

  @BeforeEach
  void modelFile() throws Exception {
    file = Files.writeString(folder.resolve("any.rkllm"), "any");
    Stub.takeLateCalls();
  }

  private static MemorySegment result(Simulator simulator, Call init) {
    return simulator == Simulator.V1_2
        ? init.pointer(2)
        : RKLLMCallback.result_callback(init.memory(2));
  }

  private int call(MemorySegment pointer, long userdata) throws Exception {
    return (int) call(pointer, ResultUpcall.CALLBACK, result.address(), userdata, NORMAL);
  }

  private static Object call(
      MemorySegment pointer, FunctionDescriptor function, Object... arguments) {
    MethodHandle handle = Linker.nativeLinker().downcallHandle(pointer, function);
    try {
      return handle.invokeWithArguments(arguments);
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  private Call lastInit(RecordedLibrary library) {
    return library.calls.stream()
        .filter(c -> c.function().equals("rkllm_init"))
        .reduce((_, last) -> last)
        .orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void callAfterDestroy_isCountedAndAnswered(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    ModelConfig config =
        ModelConfig.builder(file)
            .tokenizer(_ -> new int[] {1})
            .embeddingLookup((_, rows) -> rows.put(0, 1f))
            .build();
    NativeModel model = library.runtime(simulator.release).load(config);
    MemorySegment pointer = result(simulator, lastInit(library));
    model.destroy();

    assertThat(call(pointer, 1)).isZero();
    assertThat(call(pointer, 0)).isZero();
    assertThat(Stub.takeLateCalls()).isEqualTo(2);
    if (simulator != Simulator.V1_2) {
      MemorySegment struct = lastInit(library).memory(2); // still valid
      assertThat(RKLLMCallback.result_callback(struct)).isEqualTo(pointer);
      assertThat(
              call(
                  RKLLMCallback.tokenizer_callback(struct),
                  TokenizerUpcall.CALLBACK,
                  0L,
                  result.address(),
                  0,
                  result.address(),
                  8))
          .isEqualTo(-1);
      assertThat(
              call(
                  RKLLMCallback.embed_callback(struct),
                  EmbeddingUpcall.CALLBACK,
                  0L,
                  result.address(),
                  1L,
                  result.address(),
                  8L))
          .isEqualTo(1);
      assertThat(Stub.takeLateCalls()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void callAfterRefusedInit_isCounted(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator).when("rkllm_init", _ -> -1);
    FfmRuntime runtime = library.runtime(simulator.release);
    assertThatThrownBy(() -> runtime.load(ModelConfig.of(file)))
        .isInstanceOf(ModelLoadException.class);

    assertThat(call(result(simulator, lastInit(library)), 1)).isZero();
    assertThat(Stub.takeLateCalls()).isOne();
  }

  /** Two thousand loads must not create two thousand pointers. */
  @ParameterizedTest
  @EnumSource
  void manyModels_useFewPointers_eachRestedBeforeItIsUsedAgain(Simulator simulator)
      throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    FfmRuntime runtime = library.runtime(simulator.release);
    Set<Long> pointers = new HashSet<>();
    long previous = 0;
    int loads = Scale.of(2_000);
    for (int i = 0; i < loads; i++) {
      NativeModel model = runtime.load(ModelConfig.of(file));
      long pointer = result(simulator, lastInit(library)).address();
      assertThat(pointer).isNotEqualTo(previous);
      pointers.add(pointer);
      previous = pointer;
      library.calls.clear();
      model.destroy();
    }
    assertThat(pointers).hasSizeLessThanOrEqualTo(65);
  }

  /** No matter how late the call is, the number of its run is unique. */
  @ParameterizedTest
  @EnumSource
  void lateCallThatFindsItsPointerUsedAgain_isNotMistakenForTheNewModels(Simulator simulator)
      throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    AtomicLong userdata = new AtomicLong();
    library.when(
        "rkllm_run",
        c -> {
          userdata.set(c.pointer(3).address());
          return 0;
        });
    FfmRuntime runtime = library.runtime(simulator.release);
    NativeModel first = runtime.load(ModelConfig.of(file));
    first.run(prompt("x"), new RecordingObserver());
    MemorySegment pointer = result(simulator, lastInit(library));
    long late = userdata.get();
    first.destroy();
    NativeModel next;
    while (true) {
      next = runtime.load(ModelConfig.of(file));
      if (result(simulator, lastInit(library)).address() == pointer.address()) {
        break;
      }
      next.destroy();
    }
    library.when(
        "rkllm_run",
        c -> {
          long own = c.pointer(3).address();
          try {
            return call(pointer, late) + call(pointer, own);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
    RecordingObserver observer = new RecordingObserver();

    assertThat(next.run(prompt("x"), observer)).isZero();
    assertThat(observer.lengths).hasSize(1);
    assertThat(Stub.takeLateCalls()).isZero();
    next.destroy();
  }
}
