package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.input.TextPrompt;
import io.rkllm.spi.RunPerformance;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ways of reading a generation, and how they observe its end. */
@Timeout(30)
class GenerationReadingTest {
  private static final Script GREETING = Script.of("Hello", ",", " world", "!");

  @Test
  void text_completeGeneration_isTheWholeText() {
    try (RkllmModel model = load(GREETING)) {
      assertThat(model.generate("Hi").text()).isEqualTo("Hello, world!");
    }
  }

  @Test
  void iterator_eachToken_hasIdAndText() {
    try (RkllmModel model = load(GREETING)) {
      assertThat(model.generate("Hi"))
          .containsExactly(
              new Token(1, "Hello"), new Token(2, ","), new Token(3, " world"), new Token(4, "!"));
    }
  }

  @Test
  void iterator_whileTheRunContinues_givesTokensAsTheyCome() throws Exception {
    CountDownLatch firstRead = new CountDownLatch(1);
    try (RkllmModel model = load(Script.of("a").then(firstRead::await).then("b"))) {
      TokenIterator tokens = model.generate("Hi").iterator();

      assertThat(tokens.next().text()).isEqualTo("a");
      firstRead.countDown(); // the second token is generated only after the first was read
      assertThat(tokens.next().text()).isEqualTo("b");
      assertThat(tokens.hasNext()).isFalse();
      assertThatThrownBy(tokens::next).isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  void tokens_severalSubscribers_eachSeesAll() throws Exception {
    try (RkllmModel model = load(Script.counting(500))) {
      Generation generation = model.generate("Hi");
      List<CollectingSubscriber> subscribers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        CollectingSubscriber subscriber = new CollectingSubscriber(1 + i);
        subscribers.add(subscriber);
        generation.tokens().subscribe(subscriber);
      }

      String text = generation.text();
      for (CollectingSubscriber subscriber : subscribers) {
        assertThat(subscriber.awaitText()).isEqualTo(text);
      }
    }
  }

  @Test
  void tokens_lateSubscriber_missesNothing() throws Exception {
    try (RkllmModel model = load(GREETING)) {
      Generation generation = model.generate("Hi");
      String text = generation.text();
      CollectingSubscriber late = new CollectingSubscriber(1);

      generation.tokens().subscribe(late);

      assertThat(late.awaitText()).isEqualTo(text);
    }
  }

  @Test
  void tokens_subscriberWithoutDemand_doesNotHoldUpTheRun() {
    try (RkllmModel model = load(Script.counting(1000))) {
      Generation generation = model.generate("Hi");
      generation.tokens().subscribe(new CollectingSubscriber(0));

      assertThat(generation.text()).endsWith("999 ");
    }
  }

  @Test
  void tokens_nullSubscriber_isRefused() {
    try (RkllmModel model = load(GREETING)) {
      assertThatThrownBy(() -> model.generate("Hi").tokens().subscribe(null))
          .isInstanceOf(NullPointerException.class);
    }
  }

  @Test
  void result_runtimeFigures_areInTheStats() throws Exception {
    Script script = GREETING.thenFinish(new RunPerformance(200f, 7, 400f, 4, 512.5f));
    try (RkllmModel model = load(script)) {
      GenerationResult result = model.generate("Hi").result().get(10, TimeUnit.SECONDS);

      assertThat(result.text()).isEqualTo("Hello, world!");
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(result.stats().prefillTokens()).hasValue(7);
      assertThat(result.stats().prefillTime()).hasValue(Duration.ofMillis(200));
      assertThat(result.stats().generatedTokens()).isEqualTo(4);
      assertThat(result.stats().tokensPerSecond()).isEqualTo(3 / 0.4);
      assertThat(result.stats().memoryMegabytes()).hasValue(512.5);
    }
  }

  @Test
  void result_noFiguresFromTheRuntime_areMeasuredHere() {
    try (RkllmModel model = load(GREETING)) {
      GenerationStats stats = model.generate("Hi").result().join().stats();

      assertThat(stats.prefillTokens()).isEmpty();
      assertThat(stats.generatedTokens()).isEqualTo(4);
      assertThat(stats.runTime()).isPositive().isGreaterThanOrEqualTo(stats.timeToFirstToken());
      assertThat(stats.tokensPerSecond()).isPositive();
    }
  }

  @Test
  void result_tokenLimitReached_isLength() {
    try (RkllmModel model = load(Script.counting(100))) {
      GenerationOptions ten = GenerationOptions.builder().maxNewTokens(10).build();
      GenerationResult result = model.generate(TextPrompt.of("Hi"), ten).result().join();

      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.stats().generatedTokens()).isEqualTo(10);
    }
  }

  @Test
  void result_dependents_doNotRunOnTheModelsThread() {
    try (RkllmModel model = load(GREETING)) {
      CompletableFuture<String> thread =
          model.generate("Hi").result().thenApply(r -> Thread.currentThread().getName());

      assertThat(thread.join()).doesNotStartWith("rkllm-model");
    }
  }

  @Test
  void result_dependentsOfAFailure_doNotRunOnTheModelsThreads() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (RkllmModel model = load(Script.of().then(asked::await).returning(-1))) {
      CompletableFuture<String> thread =
          model
              .generate("Hi")
              .result()
              .handle((result, thrown) -> Thread.currentThread().getName());
      asked.countDown();

      assertThat(thread.get(10, TimeUnit.SECONDS)).startsWith("rkllm-reader");
    }
  }

  @Test
  void tokens_splitCharacters_comeOutWhole() {
    byte[] emoji = "你😀".getBytes(StandardCharsets.UTF_8);
    List<byte[]> pieces = new ArrayList<>();
    for (byte b : emoji) {
      pieces.add(new byte[] {b});
    }
    pieces.add(new byte[] {(byte) 0xF0, (byte) 0x9F}); // an incomplete character
    try (RkllmModel model = load(Script.ofPieces(pieces))) {
      Generation generation = model.generate("Hi");

      assertThat(generation.text()).isEqualTo("你😀\uFFFD");
      assertThat(generation)
          .hasSize(emoji.length + 2)
          .last()
          .isEqualTo(new Token(Token.NO_ID, "\uFFFD"));
      assertThat(generation.await().tokenIds()).hasSize(emoji.length + 1); // without the last
    }
  }

  @Test
  void failure_everyReader_seesTokensThenTheSameFailure() throws Exception {
    try (RkllmModel model = load(Script.of("a", "b").thenError("NPU says no").returning(-1))) {
      Generation generation = model.generate("Hi");
      CollectingSubscriber subscriber = new CollectingSubscriber(10);
      generation.tokens().subscribe(subscriber);

      assertThatThrownBy(generation::text)
          .isInstanceOfSatisfying(
              InferenceException.class,
              e -> {
                assertThat(e.partialText()).isEqualTo("ab");
                assertThat(e.nativeCode()).isEqualTo(-1);
                assertThat(e.operation()).isEqualTo("rkllm_run");
              })
          .hasMessageContaining("NPU says no");
      assertThat(subscriber.awaitFailure()).isInstanceOf(InferenceException.class);
      assertThat(subscriber.text()).isEqualTo("ab");
      assertThatThrownBy(() -> generation.result().get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(InferenceException.class);
      TokenIterator tokens = generation.iterator();
      assertThat(tokens.next().text() + tokens.next().text()).isEqualTo("ab");
      assertThatThrownBy(tokens::hasNext).isInstanceOf(InferenceException.class);
    }
  }

  @Test
  void failure_promptTooLong_isContextOverflow() {
    Script script =
        Script.of()
            .thenError("prompt gather than max context (prompt: 1299 tokens, max context: 1020)")
            .returning(-1);
    try (RkllmModel model = load(script)) {
      assertThatThrownBy(() -> model.generate("Hi").text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("1299")
          .hasMessageContaining("Shorten");
    }
  }

  @Test
  void failure_oneGeneration_leavesTheNextUntouched() {
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(
            prompt -> prompt.equals("bad") ? Script.of().returning(3) : Script.of("fine"));
    try (RkllmModel model = load(runtime)) {
      Generation bad = model.generate("bad");

      assertThat(model.generate("good").text()).isEqualTo("fine");
      assertThatThrownBy(bad::text)
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("returned 3");
    }
  }

  @Test
  void failure_ofAnAsynchronousRun_namesItsFunction() {
    Script failing = Script.of("a").thenError("NPU says no").returning(-1);
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted"))
            .runtime(ScriptedRuntime.of(_ -> failing))
            .nativeAsync()
            .load()) {
      assertThatThrownBy(() -> model.generate("Hi").text())
          .isInstanceOfSatisfying(
              InferenceException.class, e -> assertThat(e.operation()).isEqualTo("rkllm_run_async"))
          .hasMessageContaining("rkllm_run_async returned -1");
    }
  }

  private static RkllmModel load(Script script) {
    return load(ScriptedRuntime.of(request -> script));
  }

  private static RkllmModel load(ScriptedRuntime runtime) {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime).load();
  }
}
