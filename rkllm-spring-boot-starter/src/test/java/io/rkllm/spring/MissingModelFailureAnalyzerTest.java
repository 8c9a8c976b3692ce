package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;

class MissingModelFailureAnalyzerTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  RkllmAutoConfiguration.class, ChatClientAutoConfiguration.class))
          .withUserConfiguration(Assistant.class);

  @Configuration(proxyBeanMethods = false)
  static class Assistant {
    @Bean
    ChatClient assistant(ChatClient.Builder builder) {
      return builder.build();
    }
  }

  @Test
  void assistant_withoutAModelFile_isToldWhichPropertyToSet() {
    FailureAnalysis analysis = analysis(runner);

    assertThat(analysis.getDescription()).contains("no model file is configured");
    assertThat(analysis.getAction()).startsWith("Set spring.ai.rkllm.model to the path");
  }

  @Test
  void assistant_withTheModelsOfAnotherProvider_getsTheAnalysisOfSpring() {
    FailureAnalysis analysis =
        analysis(
            runner.withPropertyValues(
                "spring.ai.rkllm.model=" + Simulated.file(),
                "spring.ai.rkllm.library=" + Simulated.library(),
                "spring.ai.model.chat=openai"));

    assertThat(analysis.getAction()).doesNotContain("spring.ai.rkllm.model");
  }

  /** Returns the analysis that Spring Boot prints: the first one. */
  private static FailureAnalysis analysis(ApplicationContextRunner runner) {
    AtomicReference<ConfigurableApplicationContext> started = new AtomicReference<>();
    AtomicReference<FailureAnalysis> found = new AtomicReference<>();
    runner
        .withInitializer(started::set)
        .run(
            context -> {
              ArgumentResolver arguments =
                  ArgumentResolver.of(BeanFactory.class, started.get().getBeanFactory())
                      .and(Environment.class, started.get().getEnvironment());
              SpringFactoriesLoader.forDefaultResourceLocation()
                  .load(FailureAnalyzer.class, arguments, (_, _, _) -> {}) // without optional ones
                  .stream()
                  .map(analyzer -> analyzer.analyze(context.getStartupFailure()))
                  .filter(Objects::nonNull)
                  .findFirst()
                  .ifPresent(found::set);
            });
    return found.get();
  }
}
