package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mockConstruction;
import static org.mockito.Mockito.when;

import io.rkllm.Generation;
import io.rkllm.InferenceException;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.internal.run.Utf8Decoder;
import io.rkllm.stream.EventLog;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.MockedConstruction;

/**
 * Exceptions and errors in every call that is made inside a native callback and after it. The JVM
 * survives, the generation fails, and the next one works.
 */
@Timeout(30)
class ContainmentEndToEndTest {
  @TempDir Path folder;

  static Stream<Arguments> planted() {
    return Stream.of(Simulator.values())
        .flatMap(
            runtime ->
                Stream.of(
                        new IllegalStateException("planted"),
                        new StackOverflowError("planted"),
                        new OutOfMemoryError("planted"))
                    .map(thrown -> Arguments.of(runtime, thrown)));
  }

  @Tag("not-emulated") // Mockito instruments what all other tests run
  @ParameterizedTest
  @MethodSource("planted")
  void decoderThrows_failsThatGenerationOnly(Simulator runtime, Throwable planted) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      try (MockedConstruction<Utf8Decoder> _ =
          mockConstruction(
              Utf8Decoder.class,
              (mock, context) -> {
                when(mock.decode(any(), anyInt())).thenThrow(planted);
                when(mock.flush()).thenReturn("");
              })) {
        assertFails(model.generate("count slowly to 3000"), planted);
      }
      assertNextWorks(model);
    }
    EndToEnd.assertClean(file);
  }

  @SuppressWarnings({"rawtypes", "unchecked"}) // class literals have no type arguments
  @Tag("not-emulated") // Mockito instruments what all other tests run
  @ParameterizedTest
  @MethodSource("planted")
  void logThrows_failsThatGenerationOnly(Simulator runtime, Throwable planted) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      try (MockedConstruction<EventLog> _ =
          mockConstruction(
              EventLog.class,
              (mock, context) -> {
                doThrow(planted).when(mock).append(any());
              })) {
        assertFails(model.generate("count slowly to 3000"), planted);
      }
      assertNextWorks(model);
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void wakeUpThrows_failsThatGenerationOnly(Simulator runtime) {
    CountDownLatch parked = new CountDownLatch(1);
    Executor refusesAfterTheFirst =
        task -> {
          if (parked.getCount() == 0) {
            throw new RejectedExecutionException("planted");
          }
          Thread.ofVirtual().start(task);
          parked.countDown();
        };
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).executor(refusesAfterTheFirst).load()) {
      Generation generation = model.generate("count slowly to 3000");
      generation.tokens().subscribe(new ThrowingSubscriber(null));

      assertThatThrownBy(generation::text)
          .isInstanceOf(InferenceException.class)
          .hasCauseInstanceOf(RejectedExecutionException.class);
      assertNextWorks(model);
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @MethodSource("planted")
  void readerThrows_isDetachedAndTheRunEndsWithItsLastReader(Simulator runtime, Throwable planted) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      Generation generation = model.generate("count slowly to 3000");
      generation.tokens().subscribe(new ThrowingSubscriber(planted));

      assertNextWorks(model); // otherwise it would have to wait for 3000 slow tokens
      assertThat(generation.text().length()).isLessThan(10_000);
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void heapIsFull_duringARun_theProcessLives(Simulator runtime) throws Exception {
    ModelFile file = EndToEnd.modelIn(folder);

    ForkedJvm.Result result =
        new ForkedJvm(folder, OutOfMemoryProgram.class)
            .option("-Xmx32m")
            .run(runtime.library().toString(), file.path().toString());

    assertThat(result.out()).as(result.describe()).contains("alive");
  }

  @Tag("not-emulated")
  @ParameterizedTest
  @CsvSource({"V1_2, false", "V1_3, false", "V1_3_1, false", "V1_3_1, true"})
  void heapIsFull_duringTheFirstRunOfAModel_allTokensArrive(Simulator runtime, boolean nativeAsync)
      throws Exception {
    ModelFile file = EndToEnd.modelIn(folder);

    ForkedJvm.Result result =
        new ForkedJvm(folder, FullHeapCallbacksProgram.class)
            .option("-Xmx32m")
            .run(runtime.library().toString(), file.path().toString(), String.valueOf(nativeAsync));

    assertThat(result.out())
        .as(result.describe())
        .containsPattern("(?s)(\\d{3}) tokens.*\\1 tokens");
  }

  private static void assertFails(Generation generation, Throwable planted) {
    assertThatThrownBy(generation::text)
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("planted")
        .hasCause(planted);
  }

  private static void assertNextWorks(RkllmModel model) {
    assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
  }

  /** Throws at the first token, or reads on if it has nothing to throw. */
  private static final class ThrowingSubscriber implements Flow.Subscriber<Token> {
    private final Throwable planted;

    ThrowingSubscriber(Throwable planted) {
      this.planted = planted;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Token token) {
      if (planted instanceof Error error) {
        throw error;
      } else if (planted instanceof RuntimeException exception) {
        throw exception;
      }
    }

    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onComplete() {}
  }
}
