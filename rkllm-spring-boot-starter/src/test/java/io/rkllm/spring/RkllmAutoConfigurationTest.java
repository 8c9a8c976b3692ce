package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.ModelLoadException;
import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmModel;
import io.rkllm.Sampling;
import io.rkllm.tools.format.ChatFormats;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class RkllmAutoConfigurationTest {
  private final ApplicationContextRunner unconfigured =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  RkllmAutoConfiguration.class,
                  RkllmHealthAutoConfiguration.class,
                  HealthContributorAutoConfiguration.class,
                  ToolCallingAutoConfiguration.class,
                  ChatClientAutoConfiguration.class));

  private final ApplicationContextRunner configured =
      unconfigured.withPropertyValues(
          "spring.ai.rkllm.model=" + Simulated.file(),
          "spring.ai.rkllm.library=" + Simulated.library(),
          "spring.ai.rkllm.chat-format=qwen3",
          "spring.ai.rkllm.context-length=2048");

  @Test
  void model_withThreeProperties_answersThroughAChatClient() {
    configured.run(
        context -> {
          ChatClient client = context.getBean(ChatClient.Builder.class).build();

          assertThat(client.prompt("What is the capital of Germany?").call().content())
              .isEqualTo("The capital of Germany is Berlin.");
          assertThat(context.getBean(RkllmModel.class).contextLength()).isEqualTo(2048);
          assertThat(context.getBean(EmbeddingModel.class).embed("hello"))
              .hasSize(context.getBean(EmbeddingModel.class).dimensions());
        });
  }

  @Test
  void models_withoutAModelFile_areNotConfigured() {
    unconfigured.run(
        context ->
            assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(RkllmModel.class)
                .doesNotHaveBean(ChatModel.class)
                .doesNotHaveBean(EmbeddingModel.class)
                .doesNotHaveBean("rkllmHealthContributor"));
  }

  @Test
  void models_ofAnotherProvider_replaceThoseOfTheNpu() {
    configured
        .withPropertyValues("spring.ai.model.chat=openai", "spring.ai.model.embedding=none")
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(RkllmModel.class)
                    .doesNotHaveBean(ChatModel.class)
                    .doesNotHaveBean(EmbeddingModel.class));
  }

  @Test
  void options_fromProperties_areThoseOfPromptsWithoutOptions() {
    configured
        .withPropertyValues(
            "spring.ai.rkllm.model-name=helper",
            "spring.ai.rkllm.cpus=4,5,6,7",
            "spring.ai.rkllm.chat.top-k=7",
            "spring.ai.rkllm.chat.stop-sequences=end,stop",
            "spring.ai.rkllm.chat.thinking=true",
            "spring.ai.rkllm.chat.timeout=20s",
            "spring.ai.rkllm.embedding.pooling=mean",
            "spring.ai.rkllm.embedding.normalize=false")
        .run(
            context -> {
              RkllmChatModel chat = context.getBean(RkllmChatModel.class);

              assertThat(chat.getOptions())
                  .isEqualTo(
                      RkllmChatOptions.builder()
                          .model("helper")
                          .topK(7)
                          .stopSequences(List.of("end", "stop"))
                          .thinking(true)
                          .timeout(Duration.ofSeconds(20))
                          .build());
              assertThat(chat.call("Which top_k?")).isEqualTo("7");
              assertThat(context.getBean(RkllmProperties.class).embedding().toOptions().normalize())
                  .isFalse();
            });
  }

  @Test
  void customizer_ofTheApplication_changesHowTheModelIsLoaded() {
    configured
        .withBean(
            RkllmModelBuilderCustomizer.class,
            () -> model -> model.sampling(Sampling.builder().topK(5).build()))
        .run(
            context ->
                assertThat(context.getBean(ChatModel.class).call("Which top_k?")).isEqualTo("5"));
  }

  @Test
  void secondModel_besideTheConfiguredOne_hasBeansAndHealthOfItsOwn() {
    configured
        .withUserConfiguration(SecondModel.class)
        .run(
            context -> {
              assertThat(context.getBean(ChatModel.class).call("hello")).startsWith("Hello");
              assertThat(context.getBean("smallChat", ChatModel.class).call("hello"))
                  .startsWith("Hello");
              assertThat(context.getBeansOfType(RkllmModel.class)).hasSize(2);
              CompositeHealthContributor health =
                  context.getBean("rkllmHealthContributor", CompositeHealthContributor.class);
              assertThat(((HealthIndicator) health.getContributor("small")).health().getStatus())
                  .isEqualTo(Status.UP);
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class SecondModel {
    @Bean(defaultCandidate = false)
    RkllmModel small() {
      return RkllmModel.builder(Simulated.file())
          .library(Simulated.library())
          .chatFormat(ChatFormats.qwen3())
          .load();
    }

    @Bean(defaultCandidate = false)
    RkllmChatModel smallChat(@Qualifier("small") RkllmModel small) {
      return RkllmChatModel.builder(small).modelName("small").build();
    }
  }

  @Test
  void health_ofAnIdleModel_isUpAndNamesTheRuntime() {
    configured.run(
        context -> {
          HealthIndicator health = context.getBean("rkllmHealthContributor", HealthIndicator.class);

          assertThat(health.health().getStatus()).isEqualTo(Status.UP);
          assertThat(health.health().getDetails())
              .containsEntry("runtime", "1.3.1")
              .containsEntry("contextLength", 2048);
        });
  }

  @Test
  void health_withoutTheActuator_isNotConfigured() {
    configured
        .withClassLoader(new FilteredClassLoader(HealthIndicator.class))
        .run(context -> assertThat(context).hasNotFailed().hasSingleBean(ChatModel.class));
  }

  @Test
  void model_ofAMissingFile_failsTheStartWithItsPath() {
    configured
        .withPropertyValues("spring.ai.rkllm.model=/no/such/model.rkllm")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasRootCauseInstanceOf(ModelLoadException.class)
                    .rootCause()
                    .hasMessageContaining("/no/such/model.rkllm"));
  }

  @Test
  void library_thatIsMissing_failsTheStart() {
    configured
        .withPropertyValues("spring.ai.rkllm.library=/no/such/librkllmrt.so")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasRootCauseInstanceOf(NativeLibraryException.class));
  }

  @Test
  void chatFormat_ofAnUnknownName_failsTheStartWithTheKnownOnes() {
    configured
        .withPropertyValues("spring.ai.rkllm.chat-format=qwen")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining("\"qwen\"")
                    .hasMessageContaining("qwen3, "));
  }
}
