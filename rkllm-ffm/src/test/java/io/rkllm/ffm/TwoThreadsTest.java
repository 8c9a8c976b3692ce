package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.InferenceException;
import io.rkllm.RkllmModel;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.forward.Positions;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Two native threads that call back at the same time fail their run, and nothing else. */
@Timeout(60)
class TwoThreadsTest {
  private static final String WORDS = "called back on two threads at once";

  @TempDir Path folder;

  /** Blocks in its first token until it is released. */
  private static final class SlowObserver extends RecordingObserver {
    final CountDownLatch letGo = new CountDownLatch(1);

    @Override
    public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
      super.onToken(member, tokenId, utf8, length);
      try {
        letGo.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return true;
    }
  }

  private static int call(MethodHandle callback, MemorySegment result, long userdata) {
    try {
      return (int) callback.invokeExact(result.address(), userdata, ResultUpcall.NORMAL);
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  @Test
  void secondThread_isTurnedAway_andTheFirstReportsIt() throws Exception {
    ResultUpcall upcall = new ResultUpcall(1, 0, 4096);
    try (Arena arena = Arena.ofShared()) {
      MethodHandle callback =
          Linker.nativeLinker()
              .downcallHandle(
                  Linker.nativeLinker().upcallStub(upcall.callback(), ResultUpcall.CALLBACK, arena),
                  ResultUpcall.CALLBACK);
      MemorySegment result = RKLLMResult.allocate(arena).fill((byte) 0);
      RKLLMResult.text(result, arena.allocateFrom("one"));
      MemorySegment other = RKLLMResult.allocate(arena).fill((byte) 0);
      RKLLMResult.text(other, arena.allocateFrom("other, and longer"));
      SlowObserver observer = new SlowObserver();
      upcall.begin(observer, InferenceMode.GENERATE, 1);
      Thread first = Thread.ofPlatform().start(() -> call(callback, result, 1));
      observer.firstToken.await();

      assertThat(call(callback, other, 2)).isZero(); // of another run: only a stray
      assertThat(upcall.strays()).isOne();
      assertThat(call(callback, other, 1)).isZero();
      assertThat(observer.faults).isEmpty(); // notified one event at a time
      observer.letGo.countDown();
      first.join();

      assertThat(observer.faults).singleElement().asString().contains(WORDS);
      assertThat(observer.text()).isEqualTo("one");
      assertThat(call(callback, result, 1)).isZero();
      assertThat(upcall.end()).isTrue();
      assertThat(observer.faults).hasSize(1);
      assertThat(observer.text()).isEqualTo("oneone");
    }
  }

  @Test
  void endOfTheRun_waitsForAThreadThatIsInside() throws Exception {
    ResultUpcall upcall = new ResultUpcall(1, 0, 4096);
    SlowObserver observer = new SlowObserver();
    upcall.begin(observer, InferenceMode.GENERATE, 1);
    MemorySegment result = RKLLMResult.allocate(Arena.ofAuto()).fill((byte) 0);
    Thread inside = Thread.ofPlatform().start(() -> upcall.onResult(result.address(), 1, 0));
    observer.firstToken.await();
    Thread ending = Thread.ofPlatform().start(upcall::end);
    assertThat(ending.join(java.time.Duration.ofMillis(200))).isFalse();
    observer.letGo.countDown();
    ending.join();
    inside.join();
    upcall.onResult(result.address(), 1, 0);

    assertThat(observer.lengths).hasSize(1);
    assertThat(upcall.strays()).isOne();
  }

  static Stream<Arguments> modes() {
    return Stream.of(Simulator.values())
        .flatMap(
            simulator ->
                Stream.of(false, true)
                    .flatMap(
                        async ->
                            Stream.of(InferenceMode.values())
                                .map(mode -> Arguments.of(simulator, async, mode))));
  }

  /** Forward passes have only one callback, which may have ended too early. */
  @ParameterizedTest
  @MethodSource("modes")
  void nativeThreads_failTheRunInEveryMode(Simulator simulator, boolean async, InferenceMode mode) {
    ModelFile file =
        ModelFile.in(
            folder,
            "vocab: 640",
            "embd: 24",
            "when: two",
            "fault: two-threads",
            "repeat: 300 word ",
            "when: *",
            "say: fine");
    NativeModel model = simulator.runtime().load(file.with().nativeAsync(async).build());
    boolean failed = false;
    for (int i = 0; i < 200 && !failed; i++) {
      RecordingObserver observer = new RecordingObserver();
      model.run(prompt("two").toBuilder().mode(mode).build(), observer);
      failed = !observer.faults.isEmpty();
      assertThat(observer.faults).allSatisfy(f -> assertThat(f).hasMessageContaining(WORDS));
    }

    assertThat(failed).isTrue();
    assertThat(Runs.answer(model, prompt("?"))).isEqualTo("fine");
    Runs.destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void nativeThreads_failTheGenerationWithMessage_andNotTheNext(Simulator simulator) {
    ModelFile file =
        ModelFile.in(
            folder, "when: two", "fault: two-threads", "repeat: 300 word ", "when: *", "say: fine");
    try (RkllmModel model = EndToEnd.load(simulator, file).load()) {
      assertThatThrownBy(() -> model.generate("two").text())
          .isInstanceOf(InferenceException.class)
          .rootCause()
          .hasMessageContaining(WORDS);
      assertThat(model.generate("?").text()).isEqualTo("fine");
      assertThat(model.logits(TextPrompt.of("?"), Positions.last()).rows()).isOne();
    }
    EndToEnd.assertClean(file);
  }
}
