package io.rkllm.spring;

import io.rkllm.RkllmModel;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.runtime.CpuAffinity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties of a model.
 *
 * @param model Path of the model file. Without it, no model is loaded.
 * @param modelName Name of the model in responses and observations. By default the name of the
 *     model file, without .rkllm.
 * @param library Path of librkllmrt.so, or of the folder it is in. By default it is searched for.
 * @param contextLength Number of tokens of prompt and answer together, a multiple of 32.
 * @param cpus Numbers of the CPUs that the runtime may use. By default the runtime chooses.
 * @param chatFormat Chat format of the model: a family such as qwen3, or none. By default it is the
 *     template in the model file, or the one of the family that the name of the file indicates.
 * @param queueCapacity Number of requests that may wait while one is answered. 64 by default.
 * @param loadTimeout Longest time that loading may take. Unlimited by default.
 * @param shutdownGrace Longest time that the model stays open when the JVM shuts down and the
 *     application context does not close it. By default four times
 *     spring.lifecycle.timeout-per-shutdown-phase.
 * @param isolated Whether the model lives in a process of its own, so that a crash of the library
 *     does not end the application. Requires rkllm-host.
 * @param chat Options of chat prompts that have none of their own.
 * @param embedding Options of embeddings.
 */
@ConfigurationProperties("spring.ai.rkllm")
public record RkllmProperties(
    @Nullable Path model,
    @Nullable String modelName,
    @Nullable Path library,
    @Nullable Integer contextLength,
    @Nullable List<Integer> cpus,
    @Nullable String chatFormat,
    @Nullable Integer queueCapacity,
    @Nullable Duration loadTimeout,
    @Nullable Duration shutdownGrace,
    @DefaultValue("false") boolean isolated,
    @DefaultValue Chat chat,
    @DefaultValue Embedding embedding) {

  /**
   * The default options of chat prompts.
   *
   * @param temperature Sampling temperature. Requires release 1.3 of the runtime, as do the other
   *     sampling options.
   * @param topP Probability mass of the tokens to choose from, in (0, 1].
   * @param topK Number of tokens to choose from.
   * @param frequencyPenalty Penalty that grows with the frequency of a token.
   * @param presencePenalty Penalty on tokens that have occurred.
   * @param maxTokens Largest number of tokens of an answer. By default the context length.
   * @param stopSequences Texts before which an answer ends.
   * @param thinking Whether the model thinks before it answers.
   * @param timeout Longest time that an answer may take, including the wait for other answers.
   *     Unlimited by default.
   */
  public record Chat(
      @Nullable Double temperature,
      @Nullable Double topP,
      @Nullable Integer topK,
      @Nullable Double frequencyPenalty,
      @Nullable Double presencePenalty,
      @Nullable Integer maxTokens,
      @Nullable List<String> stopSequences,
      @Nullable Boolean thinking,
      @Nullable Duration timeout) {

    /** Returns these properties as options. */
    public RkllmChatOptions toOptions() {
      return RkllmChatOptions.builder()
          .temperature(temperature)
          .topP(topP)
          .topK(topK)
          .frequencyPenalty(frequencyPenalty)
          .presencePenalty(presencePenalty)
          .maxTokens(maxTokens)
          .stopSequences(stopSequences)
          .thinking(thinking)
          .timeout(timeout)
          .build();
    }
  }

  /**
   * The options of embeddings.
   *
   * @param pooling Hidden states that an embedding is made of.
   * @param normalize Whether embeddings are scaled to length 1.
   */
  public record Embedding(
      @DefaultValue("last-token") EmbedOptions.Pooling pooling,
      @DefaultValue("true") boolean normalize) {

    /** Returns these properties as options. */
    public EmbedOptions toOptions() {
      return EmbedOptions.builder().pooling(pooling).normalize(normalize).build();
    }
  }

  /** Returns the name of the model in responses and observations. */
  String displayName() {
    if (modelName != null) {
      return modelName;
    }
    if (model == null) {
      return RkllmChatModel.PROVIDER;
    }
    String file = String.valueOf(model.getFileName());
    return file.toLowerCase(Locale.ROOT).endsWith(".rkllm")
        ? file.substring(0, file.length() - ".rkllm".length())
        : file;
  }

  /** Applies these properties, without the chat format and the time to shut down. */
  void applyTo(RkllmModel.Builder builder) {
    PropertyMapper map = PropertyMapper.get();
    map.from(library).to(builder::library);
    map.from(contextLength).to(builder::contextLength);
    map.from(cpus)
        .as(numbers -> CpuAffinity.of(numbers.stream().mapToInt(Integer::intValue).toArray()))
        .to(builder::cpus);
    map.from(queueCapacity).to(builder::queueCapacity);
    map.from(loadTimeout).to(builder::loadTimeout);
    if (isolated) {
      builder.isolated();
    }
  }
}
