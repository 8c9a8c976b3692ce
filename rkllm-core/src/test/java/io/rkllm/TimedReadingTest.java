package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting for a token with a timeout. */
@Timeout(30)
class TimedReadingTest {
  private static final Duration LONG =
      Duration.ofSeconds(Long.MAX_VALUE); // not representable in nanoseconds

  private final CountDownLatch goOn = new CountDownLatch(1);

  private RkllmModel load(Script script) {
    return RkllmModel.builder(Path.of("scripted"))
        .runtime(ScriptedRuntime.of(request -> script))
        .load();
  }

  @Test
  void await_tokenComesLater_falseAndThenTrue() {
    try (RkllmModel model = load(Script.of("a").then(goOn::await).then("b"));
        TokenIterator tokens = model.generate("Hi").iterator()) {
      assertThat(tokens.await(LONG)).isTrue();
      assertThat(tokens.next().text()).isEqualTo("a");

      assertThat(tokens.await(Duration.ofMillis(5))).isFalse();
      assertThat(tokens.await(Duration.ZERO)).isFalse();
      assertThat(tokens.await(Duration.ofSeconds(-1))).isFalse();

      goOn.countDown();
      assertThat(tokens.await(LONG)).isTrue();
      assertThat(tokens.await(Duration.ZERO)).isTrue(); // the token has not been read yet
      assertThat(tokens.next().text()).isEqualTo("b");
      assertThat(tokens.await(LONG)).isTrue(); // the end
      assertThat(tokens.hasNext()).isFalse();
    }
  }

  @Test
  void await_manyTimesInVain_thenWokenNevertheless() throws Exception {
    try (RkllmModel model = load(Script.of().then(goOn::await).then("late"));
        TokenIterator tokens = model.generate("Hi").iterator()) {
      for (int i = 0; i < 100; i++) {
        assertThat(tokens.await(Duration.ofNanos(100_000))).isFalse();
      }
      Thread later = Thread.ofVirtual().start(goOn::countDown);
      assertThat(tokens.next().text()).isEqualTo("late"); // without a limit
      assertThat(later.join(Duration.ofSeconds(10))).isTrue();
    }
  }

  @Test
  void await_generationFailed_trueAndTheFailureIsRead() {
    try (RkllmModel model = load(Script.of().returning(3));
        TokenIterator tokens = model.generate("Hi").iterator()) {
      assertThat(tokens.await(LONG)).isTrue();
      assertThatThrownBy(tokens::hasNext).isInstanceOf(InferenceException.class);
    }
  }

  @Test
  void awaitOfTheResult_interrupted_leavesTheGeneration() {
    try (RkllmModel model = load(Script.of("a").then(goOn::await).then("b"))) {
      Generation generation = model.generate("Hi");
      Thread.currentThread().interrupt();
      assertThatThrownBy(generation::await).hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
      goOn.countDown();
      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  @Test
  void await_interrupted_leavesTheGeneration() throws Exception {
    try (RkllmModel model = load(Script.of("a").then(goOn::await).then("b"))) {
      Generation generation = model.generate("Hi");
      CountDownLatch reads = new CountDownLatch(1);
      var thrown = new CompletableFuture<Throwable>();
      Thread reader =
          Thread.ofVirtual()
              .start(
                  () -> {
                    TokenIterator tokens = generation.iterator();
                    tokens.next();
                    reads.countDown();
                    try {
                      thrown.complete(new AssertionError("came back with " + tokens.await(LONG)));
                    } catch (InferenceException e) {
                      thrown.complete(e);
                    }
                  });
      assertThat(reads.await(10, TimeUnit.SECONDS)).isTrue();
      reader.interrupt();

      assertThat(thrown.get(10, TimeUnit.SECONDS)).isInstanceOf(InferenceException.class);
      goOn.countDown();
      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }
}
