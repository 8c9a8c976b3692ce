package io.rkllm.spring;

import io.rkllm.RkllmModel;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** Explains that a bean is missing because no model file is configured. */
@Order(0) // before Spring Boot's own, which explains conditions instead
final class MissingModelFailureAnalyzer
    extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException> {
  private static final Set<Class<?>> MODELS =
      Set.of(RkllmModel.class, ChatModel.class, EmbeddingModel.class);

  private final Environment environment;

  MissingModelFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected @Nullable FailureAnalysis analyze(
      Throwable rootFailure, NoSuchBeanDefinitionException cause) {
    Class<?> type = cause.getBeanType();
    if (type == null
        || !MODELS.contains(type)
        || environment.containsProperty("spring.ai.rkllm.model")) {
      return null;
    }
    return new FailureAnalysis(
        "A bean of type " + type.getName() + " is required, but no model file is configured.",
        "Set spring.ai.rkllm.model to the path of a .rkllm file, or declare a bean of type "
            + RkllmModel.class.getName()
            + ".",
        cause);
  }
}
