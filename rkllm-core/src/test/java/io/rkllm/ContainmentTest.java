package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mockConstruction;
import static org.mockito.Mockito.when;
import static org.mockito.Mockito.withSettings;

import io.rkllm.chat.ChatFormat;
import io.rkllm.internal.run.Utf8Decoder;
import io.rkllm.stream.EventLog;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.MockedConstruction;
import org.mockito.Mockito;

/** An exception while a token is processed fails only that generation. */
@Timeout(30)
class ContainmentTest {
  private final ScriptedRuntime runtime = ScriptedRuntime.answering(prompt -> Script.of("o", "k"));

  static Stream<Throwable> throwables() {
    return Stream.of(
        new IllegalStateException("planted"),
        new StackOverflowError("planted"),
        new AssertionError("planted"));
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void decoderThrows_failsThatGenerationOnly(Throwable planted) {
    try (RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load()) {
      Generation broken;
      try (MockedConstruction<Utf8Decoder> decoder =
          mockConstruction(
              Utf8Decoder.class,
              (mock, context) -> {
                when(mock.decode(any(), anyInt())).thenThrow(planted);
                when(mock.flush()).thenReturn("");
              })) {
        broken = model.generate("x");
        assertFails(broken, planted);
        assertThat(decoder.constructed()).hasSize(1);
      }
      assertThat(model.generate("x").text()).isEqualTo("ok");
    }
  }

  @SuppressWarnings({"rawtypes", "unchecked"}) // class literals have no type arguments
  @ParameterizedTest
  @MethodSource("throwables")
  void logThrows_failsThatGenerationOnly(Throwable planted) {
    try (RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load()) {
      try (MockedConstruction<EventLog> log =
          mockConstruction(
              EventLog.class,
              withSettings().defaultAnswer(Mockito.RETURNS_DEFAULTS),
              (mock, context) -> {
                doThrow(planted).when(mock).append(any());
              })) {
        assertFails(model.generate("x"), planted);
        assertThat(log.constructed()).hasSize(1);
      }
      assertThat(model.generate("x").text()).isEqualTo("ok");
    }
  }

  @Test
  void executorRefuses_failsThatGenerationAndNotifiesTheSubscriber() throws Exception {
    Executor refusing =
        task -> {
          throw new RejectedExecutionException("planted");
        };
    CountDownLatch subscribed = new CountDownLatch(1);
    ScriptedRuntime waiting =
        ScriptedRuntime.answering(prompt -> Script.of().then(subscribed::await).then("o", "k"));
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted")).runtime(waiting).executor(refusing).load()) {
      Generation generation = model.generate("x");
      CollectingSubscriber subscriber = new CollectingSubscriber(1);
      generation.tokens().subscribe(subscriber);
      subscribed.countDown();

      assertThat(subscriber.awaitFailure()).isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(generation::text)
          .isInstanceOf(InferenceException.class)
          .hasCauseInstanceOf(RejectedExecutionException.class);
      assertThat(model.generate("x").text()).isEqualTo("ok"); // without a subscriber
    }
  }

  @Test
  void executorRunsOnTheCallingThread_isDetected() throws Exception {
    CountDownLatch subscribed = new CountDownLatch(1);
    ScriptedRuntime waiting =
        ScriptedRuntime.answering(prompt -> Script.of().then(subscribed::await).then("o", "k"));
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted")).runtime(waiting).executor(Runnable::run).load()) {
      Generation generation = model.generate("x");
      CollectingSubscriber subscriber = new CollectingSubscriber(1);
      generation.tokens().subscribe(subscriber);
      subscribed.countDown();

      assertThatThrownBy(generation::text)
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("own thread");
      assertThat(subscriber.awaitFailure()).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void executorRunsOnTheCallingThread_severalSubscribers_isDetected() throws Exception {
    CountDownLatch subscribed = new CountDownLatch(1);
    ScriptedRuntime waiting =
        ScriptedRuntime.answering(prompt -> Script.of().then(subscribed::await).then("o", "k"));
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted")).runtime(waiting).executor(Runnable::run).load()) {
      Generation generation = model.generate("x");
      CollectingSubscriber first = new CollectingSubscriber(1);
      CollectingSubscriber second = new CollectingSubscriber(1);
      generation.tokens().subscribe(first);
      generation.tokens().subscribe(second);
      subscribed.countDown();

      for (CollectingSubscriber each : List.of(first, second)) {
        assertThat(each.awaitFailure()).hasMessageContaining("own thread");
      }
    }
  }

  @Test
  void executorRejectsASubscriberThatHasLeft_othersContinue() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    ExecutorService executor = Executors.newSingleThreadExecutor();
    ScriptedRuntime waiting =
        ScriptedRuntime.answering(prompt -> Script.of("o").then(left::await).then("k"));
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted")).runtime(waiting).executor(executor).load()) {
      Generation generation = model.generate("x");
      TokenIterator reader = generation.iterator();
      CollectingSubscriber leaver = new CollectingSubscriber(1);
      generation.tokens().subscribe(leaver);
      await().until(() -> leaver.text().equals("o"));
      leaver.subscription().cancel();
      executor.shutdown();
      assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      left.countDown();

      assertThat(reader.next().text() + reader.next().text()).isEqualTo("ok");
      assertThat(reader.hasNext()).isFalse();
    }
  }

  @Test
  void formatThrowsWhatCannotEvenBeDescribed_failsThatGenerationOnly() {
    ChatFormat hostile =
        conversation -> {
          if (conversation.messages().getLast().text().equals("bad")) {
            throw new IllegalStateException() {
              @Override
              public String getMessage() {
                throw new AssertionError("planted");
              }
            };
          }
          return "fine";
        };
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted")).runtime(runtime).chatFormat(hostile).load()) {
      Generation bad = model.generate("bad");

      assertThatThrownBy(bad::text).isInstanceOf(InferenceException.class);
      assertThat(model.generate("good").text()).isEqualTo("ok");
    }
  }

  @Test
  void formatLeavesAnInterruptBehind_theModelLives() {
    ChatFormat interrupting =
        conversation -> {
          Thread.currentThread().interrupt();
          return "fine";
        };
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted")).runtime(runtime).chatFormat(interrupting).load()) {
      for (int i = 0; i < 3; i++) {
        assertThat(model.generate("x").text()).isEqualTo("ok");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void subscriberThrows_isDetached_andOthersReadOn(Throwable planted) throws Exception {
    CountDownLatch subscribed = new CountDownLatch(1);
    ScriptedRuntime waiting =
        ScriptedRuntime.answering(prompt -> Script.of().then(subscribed::await).then("o", "k"));
    try (RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(waiting).load()) {
      Generation generation = model.generate("x");
      CollectingSubscriber good = new CollectingSubscriber(1);
      generation.tokens().subscribe(good);
      ThrowingSubscriber bad = new ThrowingSubscriber(planted);
      generation.tokens().subscribe(bad);
      subscribed.countDown();

      assertThat(good.awaitText()).isEqualTo("ok");
      bad.told.await();
      assertThat(bad.calls).isEqualTo(1);
    }
  }

  private static void assertFails(Generation generation, Throwable planted) {
    assertThatThrownBy(() -> generation.result().get()).rootCause().isSameAs(planted);
    assertThatThrownBy(() -> generation.result().get())
        .cause()
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("planted");
  }

  private static final class ThrowingSubscriber implements Flow.Subscriber<Token> {
    final CountDownLatch told = new CountDownLatch(1);
    private final Throwable planted;
    volatile int calls;

    ThrowingSubscriber(Throwable planted) {
      this.planted = planted;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // calls are made one at a time
    public void onNext(Token token) {
      calls++;
      if (planted instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) planted;
    }

    @Override
    public void onError(Throwable thrown) {
      told.countDown();
    }

    @Override
    public void onComplete() {
      throw new AssertionError("completed although it threw");
    }
  }
}
