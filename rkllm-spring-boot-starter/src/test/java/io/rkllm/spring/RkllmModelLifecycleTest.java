package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ModelClosedException;
import io.rkllm.RkllmModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;

/** Answers that threads of the application wait for when the context is closed. */
class RkllmModelLifecycleTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(RkllmAutoConfiguration.class, LifecycleAutoConfiguration.class))
          .withPropertyValues(
              "spring.ai.rkllm.model=" + Simulated.file(),
              "spring.ai.rkllm.library=" + Simulated.library(),
              "spring.ai.rkllm.chat-format=qwen3",
              "spring.ai.rkllm.context-length=16384");

  @Test
  void close_duringAnAnswer_waitsForItsEnd() {
    runner.run(
        context -> {
          RkllmModel model = context.getBean(RkllmModel.class);
          Answer answer = new Answer(context.getBean(RkllmChatModel.class), "Tell me a long story");
          answer.parts.take();

          context.close();

          assertThat(answer.last.get().getResult().getMetadata().getFinishReason())
              .isEqualTo("STOP");
          assertThatThrownBy(() -> model.generate("hello"))
              .isInstanceOf(ModelClosedException.class);
        });
  }

  @Test
  void close_whenAnAnswerTakesTooLong_failsIt() {
    runner
        .withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=1ms")
        .run(
            context -> {
              Answer answer =
                  new Answer(context.getBean(RkllmChatModel.class), "Tell me an endless story");
              answer.parts.take();

              context.close();

              assertThat(answer.last)
                  .failsWithin(Duration.ofMinutes(1))
                  .withThrowableThat()
                  .havingCause()
                  .isInstanceOf(ModelClosedException.class);
            });
  }

  @Test
  void close_ofAContextWhoseLazyModelWasNeverUsed_doesNotLoadIt() {
    List<String> loads = new ArrayList<>();
    runner
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()))
        .withBean(RkllmModelBuilderCustomizer.class, () -> _ -> loads.add("configured model"))
        .run(ConfigurableApplicationContext::close);

    assertThat(loads).isEmpty();
  }

  /** An answer in progress. */
  private static final class Answer {
    final BlockingQueue<ChatResponse> parts = new LinkedBlockingQueue<>();
    final CompletableFuture<ChatResponse> last;

    Answer(RkllmChatModel model, String question) {
      last = model.stream(new Prompt(question)).doOnNext(parts::add).last().toFuture();
    }
  }
}
