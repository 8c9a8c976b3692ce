package io.rkllm.spring;

import io.rkllm.RkllmModel;

/**
 * Changes how the model of {@code spring.ai.rkllm.model} is loaded, for what no property sets. All
 * beans of this type are called, in their order, after the properties were applied.
 *
 * <pre>{@code
 * @Bean
 * RkllmModelBuilderCustomizer sampling() {
 *   return model -> model.sampling(Sampling.greedy());
 * }
 * }</pre>
 */
@FunctionalInterface
public interface RkllmModelBuilderCustomizer {

  /** Changes the options of a model that is about to be loaded. */
  void customize(RkllmModel.Builder model);
}
