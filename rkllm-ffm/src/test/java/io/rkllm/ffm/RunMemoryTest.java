package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ffm.RecordedLibrary.Call;
import io.rkllm.ffm.gen.v1_2.RKLLMInput;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_3.RKLLMCallback;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The memory of a run is freed if the run has certainly ended, but not if it may still start. */
@Timeout(60)
class RunMemoryTest {
  private static final String QUESTION = "a question that is longer than sixteen bytes";

  @TempDir Path folder;
  private Path file = Path.of("");
  private final RecordedLibrary library;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment result = RKLLMResult.allocate(arena).fill((byte) 0);
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger denials = new AtomicInteger();
  private final NativeFloats floats = NativeFloats.allocate(8);

  RunMemoryTest() throws Exception {
    library =
        new RecordedLibrary(Simulator.V1_3_1)
            .when("rkllm_is_running", _ -> denials.getAndDecrement() > 0 ? 0 : running.get());
  }

  @BeforeEach
  void modelFile() throws Exception {
    file = Files.writeString(folder.resolve("any.rkllm"), "any");
  }

  private NativeModel load() throws Exception {
    return library
        .runtime(Simulator.V1_3_1.release)
        .load(ModelConfig.builder(file).nativeAsync(true).build());
  }

  /** The ways in which an asynchronous run may continue although it is considered ended. */
  enum Doubt {
    /** It was accepted, but there was no sign of it. */
    SILENCE(0, "the run did not start"),
    /** It was rejected, but called back nevertheless. */
    REFUSED_AND_CALLED_BACK(-3, ""),
    /** It was rejected, but the runtime reports it as running. */
    REFUSED_AND_RUNS(2, ""),
    /** It was rejected, but its thread starts after some time. */
    REFUSED_AND_RUNS_LATER(2, "");

    final int code;
    final String words;

    Doubt(int code, String words) {
      this.code = code;
      this.words = words;
    }
  }

  private ToIntFunction<Call> doing(Doubt doubt) {
    return call -> {
      if (doubt == Doubt.REFUSED_AND_CALLED_BACK) {
        callback(call, ResultUpcall.NORMAL);
      }
      running.set(doubt.name().startsWith("REFUSED_AND_RUNS") ? 1 : 0);
      denials.set(doubt == Doubt.REFUSED_AND_RUNS_LATER ? 1 : 0);
      return doubt.code;
    };
  }

  private int callback(Call run, int state) {
    MemorySegment struct = library.only("rkllm_init").memory(2);
    MethodHandle handle =
        Linker.nativeLinker()
            .downcallHandle(RKLLMCallback.result_callback(struct), ResultUpcall.CALLBACK);
    try {
      return (int) handle.invokeExact(result.address(), run.pointer(3).address(), state);
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  /** Returns the text of the last run's input, as native code would read it now. */
  private String question() {
    for (int i = 0; i < 500; i++) { // reuses freed memory
      var _ = arena.allocate(16 + i * 8L).fill((byte) 'x');
    }
    MemorySegment input = library.only("rkllm_run_async").memory(1);
    return input.get(ADDRESS, RKLLMInput.prompt_input$offset()).reinterpret(4096).getString(0);
  }

  @ParameterizedTest
  @EnumSource
  void runThatMayYetBegin_itsTextIsNotFreed(Doubt doubt) throws Exception {
    library.when("rkllm_run_async", doing(doubt));
    NativeModel model = load();
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(RunRequest.of(TextPrompt.of(QUESTION)), observer)).isEqualTo(doubt.code);

    assertThat(question()).isEqualTo(QUESTION);
    if (doubt.words.isEmpty()) {
      assertThat(observer.errors).isEmpty(); // the return code reports it
    } else {
      assertThat(observer.errors.getFirst().orElseThrow()).contains(doubt.words, "rkllm_run_async");
    }
    running.set(0);
    model.destroy();
    assertThat(question()).isEqualTo(QUESTION); // not even by destroy
  }

  @ParameterizedTest
  @EnumSource
  void runThatMayYetBegin_itsFloatsAreHeldOpen(Doubt doubt) throws Exception {
    library.when("rkllm_run_async", doing(doubt));
    NativeModel model = load();
    NativeFloats pixels = NativeFloats.allocate(8);
    Input[] inputs = {
      EmbeddingPrompt.of(floats, 8),
      MultimodalPrompt.of("what <image>", new Images(pixels, 8, 1, 1, 2, 2))
    };
    for (Input input : inputs) {
      model.run(RunRequest.of(input), new RecordingObserver());
      running.set(0);
    }
    model.destroy();

    assertThatThrownBy(floats::close).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(pixels::close).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void runThatMayYetBegin_itsRequestStaysReachable() throws Exception {
    library.when("rkllm_run_async", doing(Doubt.REFUSED_AND_CALLED_BACK));
    WeakReference<RunRequest> request = new WeakReference<>(runOnce(load()));
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    assertThat(request.get()).isNotNull();
  }

  private static RunRequest runOnce(NativeModel model) {
    RunRequest request = RunRequest.of(TextPrompt.of(QUESTION));
    model.run(request, new RecordingObserver());
    return request;
  }

  /** Only that run is uncertain. */
  @Test
  void runAfterOneThatMayYetBegin_isAsAnyOther() throws Exception {
    library.when("rkllm_run_async", doing(Doubt.REFUSED_AND_CALLED_BACK));
    NativeModel model = load();
    model.run(RunRequest.of(TextPrompt.of("x")), new RecordingObserver());
    library.when("rkllm_run_async", call -> callback(call, ResultUpcall.FINISH));
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(RunRequest.of(EmbeddingPrompt.of(floats, 8)), observer)).isZero();

    assertThat(observer.finishes).hasSize(1);
    assertThat(observer.errors).isEmpty();
    assertThatCode(floats::close).doesNotThrowAnyException();
    model.destroy();
  }

  /** Neither a callback nor the runtime indicates a run, so it has not started. */
  @Test
  void runThatIsRefused_withoutAnySign_isOver() throws Exception {
    library.when("rkllm_run_async", _ -> -3);
    NativeModel model = load();
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(RunRequest.of(EmbeddingPrompt.of(floats, 8)), observer)).isEqualTo(-3);

    assertThat(observer.errors).isEmpty();
    assertThatCode(floats::close).doesNotThrowAnyException();
    model.destroy();
  }
}
