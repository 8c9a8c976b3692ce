package io.rkllm.spring;

import io.micrometer.observation.ObservationRegistry;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.tools.format.ModelFamily;
import io.rkllm.tools.format.ModelFileChat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Loads the model {@code spring.ai.rkllm.model}, and creates a chat model and an embedding model
 * that use it. Each of the three backs off if the application has a bean of its type. The model is
 * closed together with the application context, after everything that may use it has stopped.
 */
@AutoConfiguration(
    beforeName =
        "org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration",
    afterName = {
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
      "org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration"
    })
@EnableConfigurationProperties(RkllmProperties.class)
public final class RkllmAutoConfiguration {
  private static final Duration DEFAULT_PHASE_TIMEOUT = Duration.ofSeconds(30);

  /** The phases that may precede the end of the model: web server, executors, and its own. */
  private static final int SHUTDOWN_PHASES = 4;

  /** Loads the model. */
  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty("spring.ai.rkllm.model")
  RkllmModel rkllmModel(
      RkllmProperties properties,
      Environment environment,
      ObjectProvider<RkllmModelBuilderCustomizer> customizers) {
    Path file = properties.model();
    if (file == null) {
      throw new IllegalArgumentException("spring.ai.rkllm.model is empty; set it to a model file");
    }
    RkllmModel.Builder builder = RkllmModel.builder(file);
    properties.applyTo(builder);
    chatFormat(properties.chatFormat(), file).ifPresent(builder::chatFormat);
    Duration grace = properties.shutdownGrace();
    builder.closedByApplication(grace != null ? grace : defaultGrace(environment));
    customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
    return builder.load();
  }

  private static Optional<ChatFormat> chatFormat(@Nullable String name, Path file) {
    if (name == null) {
      return ModelFileChat.formatOf(file);
    }
    if (name.equals("none")) {
      return Optional.empty();
    }
    return Optional.of(
        ModelFamily.named(name)
            .flatMap(ModelFamily::chatFormat)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "spring.ai.rkllm.chat-format is \"%s\"; it must be none or one of: %s"
                            .formatted(name, formatNames()))));
  }

  private static String formatNames() {
    return ModelFamily.all().stream()
        .filter(family -> family.chatFormat().isPresent())
        .map(ModelFamily::name)
        .collect(Collectors.joining(", "));
  }

  private static Duration defaultGrace(Environment environment) {
    return Binder.get(environment)
        .bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
        .orElse(DEFAULT_PHASE_TIMEOUT)
        .multipliedBy(SHUTDOWN_PHASES);
  }

  /** Waits for the end of answers before models are closed. */
  @Bean
  RkllmModelLifecycle rkllmModelLifecycle(ConfigurableListableBeanFactory beans) {
    return new RkllmModelLifecycle(beans);
  }

  /** Creates the chat model. */
  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(RkllmModel.class)
  @ConditionalOnProperty(
      name = "spring.ai.model.chat",
      havingValue = RkllmChatModel.PROVIDER,
      matchIfMissing = true)
  RkllmChatModel rkllmChatModel(
      RkllmModel model,
      RkllmProperties properties,
      ObjectProvider<ObservationRegistry> observations,
      ObjectProvider<ChatModelObservationConvention> convention) {
    return RkllmChatModel.builder(model)
        .modelName(properties.displayName())
        .options(properties.chat().toOptions())
        .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP))
        .observationConvention(convention.getIfAvailable())
        .build();
  }

  /** Creates the embedding model. */
  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(RkllmModel.class)
  @ConditionalOnProperty(
      name = "spring.ai.model.embedding",
      havingValue = RkllmChatModel.PROVIDER,
      matchIfMissing = true)
  RkllmEmbeddingModel rkllmEmbeddingModel(
      RkllmModel model,
      RkllmProperties properties,
      ObjectProvider<ObservationRegistry> observations,
      ObjectProvider<EmbeddingModelObservationConvention> convention) {
    return RkllmEmbeddingModel.builder(model)
        .modelName(properties.displayName())
        .options(properties.embedding().toOptions())
        .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP))
        .observationConvention(convention.getIfAvailable())
        .build();
  }
}
