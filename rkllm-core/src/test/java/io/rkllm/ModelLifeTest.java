package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.rkllm.chat.ChatFormat;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loading, queueing and closing. */
@Timeout(30)
class ModelLifeTest {
  private final CountDownLatch inTheMiddle = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              prompt.equals("held")
                  ? Script.of("a")
                      .then(
                          () -> {
                            inTheMiddle.countDown();
                            goOn.await();
                          })
                      .then("b")
                  : Script.of(prompt));

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime);
  }

  @Test
  void load_options_reachTheRuntime_andNothingElseDoes() {
    Sampling sampling = Sampling.builder().topK(3).build();
    CpuAffinity cpus = CpuAffinity.bigCores(Soc.RK3588);
    try (RkllmModel model =
        builder().contextLength(1024).maxNewTokens(100).sampling(sampling).cpus(cpus).load()) {
      assertThat(model.contextLength()).isEqualTo(1024);
    }
    try (RkllmModel plain = builder().load()) {
      assertThat(plain.runtime().release()).isEqualTo("scripted");
    }

    Path path = Path.of("scripted").toAbsolutePath();
    assertThat(runtime.configs())
        .containsExactly(
            ModelConfig.builder(path)
                .contextLength(1024)
                .maxNewTokens(100)
                .sampling(sampling)
                .cpus(cpus)
                .build(),
            ModelConfig.of(path));
  }

  @Test
  void builder_usedAgain_doesNotChangeEarlierModels() {
    RkllmModel.Builder builder = builder();
    try (RkllmModel first = builder.load();
        RkllmModel second = builder.batchSize(2).load()) {
      assertThat(first.generate("x").text()).isNotEmpty();
      assertThatThrownBy(() -> second.generate("x")).hasMessageContaining("batches of 2");
    }
  }

  @Test
  void destroy_thatFails_keepsItsBaseDomain() {
    NativeModel nativeModel = mock(NativeModel.class);
    doThrow(new RkllmException("planted", "rkllm_destroy", -1, null)).when(nativeModel).destroy();
    InferenceRuntime mocked = mock(InferenceRuntime.class);
    when(mocked.load(any())).thenReturn(nativeModel);
    when(mocked.info()).thenReturn(runtime.info());
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(mocked);

    RkllmModel.builder(Path.of("mocked")).runtime(provider).baseDomain(250).load().close();

    assertThatThrownBy(() -> builder().baseDomain(250).load())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("in use");
  }

  @Test
  void generate_severalAtOnce_runInOrder() {
    try (RkllmModel model = builder().load()) {
      List<Generation> generations = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        generations.add(model.generate("p" + i));
      }
      generations.forEach(Generation::text);
    }

    assertThat(runtime.requests().stream().map(ScriptedRuntime::promptOf).toList())
        .startsWith("p0", "p1", "p2")
        .endsWith("p48", "p49");
  }

  @Test
  void generate_queueFull_isRefusedAtOnce() {
    try (RkllmModel model = builder().queueCapacity(2).load()) {
      Generation running = model.generate("held");
      Generation first = model.generate("1");
      Generation second = model.generate("2");

      assertThatThrownBy(() -> model.generate("3"))
          .isInstanceOfSatisfying(
              ModelBusyException.class, e -> assertThat(e.queueCapacity()).isEqualTo(2))
          .hasMessageContaining("queueCapacity");

      second.cancel(); // frees its place
      Generation third = model.generate("3");
      goOn.countDown();
      assertThat(running.text() + first.text() + third.text()).isEqualTo("ab13");
    }
  }

  @Test
  void generate_oneAfterTheOther_neverFindsTheQueueFull() {
    try (RkllmModel model = builder().queueCapacity(0).load()) {
      for (int i = 0; i < 1000; i++) {
        assertThat(model.generate("x").text()).isEqualTo("x");
      }
    }
  }

  @Test
  void generate_optionTheRuntimeLacks_isRefusedByName() {
    ScriptedRuntime old = runtime.withCapabilities(Set.of());
    try (RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(old).load()) {
      GenerationOptions options = GenerationOptions.builder().sampling(Sampling.greedy()).build();

      assertThatThrownBy(() -> model.generate(TextPrompt.of("x"), options))
          .isInstanceOfSatisfying(
              UnsupportedFeatureException.class,
              e -> assertThat(e.capability()).isEqualTo(Capability.PER_RUN_SAMPLING))
          .hasMessageContainingAll("1.3.0", "scripted");
    }
  }

  @Test
  void close_duringARun_stopsItAndFailsWhatWaits() throws Exception {
    RkllmModel model = builder().load();
    Generation running = model.generate("held");
    Generation waiting = model.generate("never");
    inTheMiddle.await();
    Thread closer = Thread.ofPlatform().start(model::close);
    await().until(() -> runtime.aborts() > 0);
    goOn.countDown();
    closer.join();

    assertThat(running.result().get().finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
    assertThat(running.await().text()).isEqualTo("a");
    assertThatThrownBy(running::text)
        .isInstanceOfSatisfying(
            ModelClosedException.class, e -> assertThat(e.partialText()).isEqualTo("a"))
        .hasMessageContaining("closed before the answer had ended");
    assertThatThrownBy(waiting::text)
        .isInstanceOf(ModelClosedException.class)
        .hasMessageContaining("closed before this generation began");
    assertThat(runtime.openModels()).isZero();
    assertThat(runtime.requests()).hasSize(1);
  }

  @Test
  void close_duringARun_readersOfItsTokensGetThemAndThenTheFailure() throws Exception {
    RkllmModel model = builder().load();
    Generation running = model.generate("held");
    CollectingSubscriber early = new CollectingSubscriber(10);
    running.tokens().subscribe(early);
    inTheMiddle.await();
    Thread closer = Thread.ofPlatform().start(model::close);
    await().until(() -> runtime.aborts() > 0);
    goOn.countDown();
    closer.join();
    CollectingSubscriber late = new CollectingSubscriber(1);
    running.tokens().subscribe(late);
    List<String> read = new ArrayList<>();

    assertThatThrownBy(() -> running.forEach(token -> read.add(token.text())))
        .isInstanceOfSatisfying(
            ModelClosedException.class, e -> assertThat(e.partialText()).isEqualTo("a"));
    assertThat(read).containsExactly("a");
    for (CollectingSubscriber subscriber : List.of(early, late)) {
      assertThat(subscriber.awaitFailure()).isInstanceOf(ModelClosedException.class);
      assertThat(subscriber.text()).isEqualTo("a");
    }
    assertThat(running.await().finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
  }

  @Test
  void close_again_hasNoEffect() {
    RkllmModel model = builder().load();

    model.close();
    model.close();

    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void use_afterClose_isRefused() {
    RkllmModel model = builder().load();
    InferenceSession session = model.openSession();
    Generation done = session.generate("x");
    done.text();
    model.close();

    assertThatThrownBy(() -> model.generate("x"))
        .isInstanceOf(ModelClosedException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(model::openSession)
        .isInstanceOf(ModelClosedException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> session.generate("x"))
        .isInstanceOf(ModelClosedException.class)
        .hasMessageContaining("closed");
    assertThat(done.text()).isEqualTo("x"); // a completed generation remains readable
  }

  @Test
  void close_nativeCodeDoesNotReturn_leaksInsteadOfFreeing() throws Exception {
    RkllmModel model = builder().closeTimeout(Duration.ofMillis(20)).load();
    model.generate("held");
    inTheMiddle.await();

    model.close(); // returns although the run does not

    assertThat(runtime.openModels()).isOne();
    goOn.countDown(); // the run returns after all, and the model is destroyed
    await().until(() -> runtime.openModels() == 0);
  }

  @Test
  void close_onTheModelsThread_isRefused() {
    List<RkllmModel> itself = new ArrayList<>();
    ChatFormat closesTheModel =
        conversation -> {
          itself.getFirst().close();
          return "x";
        };
    try (RkllmModel model = builder().chatFormat(closesTheModel).load()) {
      itself.add(model);

      assertThatThrownBy(() -> model.generate("x").text())
          .isInstanceOf(InferenceException.class)
          .hasCauseInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> model.generate("x").text()).hasMessageContaining("own thread");
    }
  }

  /** An abort that arrives just as its run ends may be kept for the next run. */
  @Test
  void generate_runEndsAtOnceAfterAnAbortedOne_isRepeated() {
    NativeModel nativeModel = mock(NativeModel.class);
    CountDownLatch aborted = new CountDownLatch(1);
    doAnswer(
            call -> {
              aborted.countDown();
              return null;
            })
        .when(nativeModel)
        .abort();
    when(nativeModel.kvCacheSizes()).thenReturn(new int[] {0});
    when(nativeModel.contextLength()).thenReturn(4096);
    when(nativeModel.run(any(), any()))
        .thenAnswer(
            call -> {
              inTheMiddle.countDown();
              aborted.await();
              return 0;
            })
        .thenReturn(0) // ended by the abort of the previous run
        .thenAnswer(
            call -> {
              byte[] text = {'o', 'k'};
              call.<RunObserver>getArgument(1).onToken(0, 1, text, text.length);
              return 0;
            })
        .thenAnswer(
            call -> {
              call.<RunObserver>getArgument(1).onFinish(RunPerformance.NONE);
              return 0;
            }); // an answer that is empty by itself
    InferenceRuntime mocked = mock(InferenceRuntime.class);
    when(mocked.load(any())).thenReturn(nativeModel);
    when(mocked.info()).thenReturn(runtime.info());
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(mocked);

    try (RkllmModel model = RkllmModel.builder(Path.of("mocked")).runtime(provider).load()) {
      Generation first = model.generate("first");
      inTheMiddle.await();
      first.cancel();
      assertThat(model.generate("second").text()).isEqualTo("ok");
      assertThat(model.generate("third").text()).isEmpty();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    verify(nativeModel, times(4)).run(any(), any());
  }

  /** As models in another process are. */
  @Test
  void modelLostForGood_failsItsRunAndClosesItself_oneThatComesBackDoesNot() {
    for (boolean permanent : new boolean[] {false, true}) {
      NativeModel nativeModel = mock(NativeModel.class);
      when(nativeModel.run(any(), any()))
          .thenThrow(new ModelLostException("planted", permanent, null))
          .thenReturn(0);
      InferenceRuntime mocked = mock(InferenceRuntime.class);
      when(mocked.load(any())).thenReturn(nativeModel);
      when(mocked.info()).thenReturn(runtime.info());
      RuntimeProvider provider = mock(RuntimeProvider.class);
      when(provider.open(any())).thenReturn(mocked);

      try (RkllmModel model = RkllmModel.builder(Path.of("lost")).runtime(provider).load()) {
        assertThatThrownBy(() -> model.generate("x").text())
            .isInstanceOf(InferenceException.class)
            .hasMessageContaining("planted");
        if (permanent) {
          await().untilAsserted(() -> verify(nativeModel).destroy());
          assertThat(model).asString().contains("closed");
        } else {
          model.kvCache().clear(); // behind the end of the run
          verify(nativeModel, never()).destroy();
        }
      }
    }
  }

  @Test
  void generate_failsAndTheCacheCannotBeAsked_theFailureIsReported() {
    NativeModel nativeModel = mock(NativeModel.class);
    when(nativeModel.kvCacheSizes()).thenThrow(new RkllmException("no sizes", "sizes", -1, null));
    when(nativeModel.run(any(), any()))
        .thenAnswer(
            call -> {
              call.<RunObserver>getArgument(1).onError("prompt gather than max context");
              return -1;
            })
        .thenAnswer(
            call -> {
              call.<RunObserver>getArgument(1).onFinish(RunPerformance.NONE);
              return 0;
            });
    InferenceRuntime mocked = mock(InferenceRuntime.class);
    when(mocked.load(any())).thenReturn(nativeModel);
    when(mocked.info()).thenReturn(runtime.info());
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(mocked);

    try (RkllmModel model = RkllmModel.builder(Path.of("mocked")).runtime(provider).load()) {
      assertThatThrownBy(() -> model.generate("x").text())
          .isInstanceOf(ContextOverflowException.class);
      assertThat(model.generate("x").await().finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void close_beforeNativeCodeWasReached_startsNoRun() throws Exception {
    ChatFormat slow =
        conversation -> {
          inTheMiddle.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return "x";
        };
    RkllmModel model = builder().chatFormat(slow).load();
    Generation generation = model.generate("x");
    inTheMiddle.await();
    Thread closer = Thread.ofPlatform().start(model::close);
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    goOn.countDown();
    closer.join();

    assertThatThrownBy(generation::text).hasMessageContaining("closed before");
    assertThat(runtime.requests()).isEmpty();
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void load_failing_leavesNothingBehind() {
    Path path = Path.of("refused.rkllm");
    InferenceRuntime refusing = mock(InferenceRuntime.class);
    when(refusing.load(any())).thenThrow(new ModelLoadException("no such model", path, -1, null));
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(refusing);

    assertThatThrownBy(() -> RkllmModel.builder(path).runtime(provider).load())
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("no such model");
    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(t -> t.getName().contains("refused.rkllm")));
  }
}
