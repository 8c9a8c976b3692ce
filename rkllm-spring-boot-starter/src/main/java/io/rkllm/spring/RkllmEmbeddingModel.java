package io.rkllm.spring;

import io.micrometer.observation.ObservationRegistry;
import io.rkllm.RkllmModel;
import io.rkllm.forward.EmbedOptions;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.metadata.EmptyUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationDocumentation;

/**
 * An embedding model of Spring AI on the NPU. The embeddings are hidden states of the model: by
 * default those of the last token, scaled to length 1.
 *
 * <p>Texts are embedded one after the other; the call blocks meanwhile. The runtime does not report
 * how many tokens it read, so responses have no usage. The model is shared, and not closed by this
 * object. Thread-safe.
 */
public final class RkllmEmbeddingModel implements EmbeddingModel {
  private static final EmbeddingModelObservationConvention DEFAULT_CONVENTION =
      new DefaultEmbeddingModelObservationConvention();

  private final RkllmModel model;
  private final String modelName;
  private final EmbedOptions options;
  private final ObservationRegistry observations;
  private final @Nullable EmbeddingModelObservationConvention convention;
  private volatile int dimensions;

  private RkllmEmbeddingModel(Builder from) {
    model = from.model;
    modelName = from.modelName;
    options = from.options;
    observations = from.observations;
    convention = from.convention;
  }

  /** Returns a builder of an embedding model that uses an open model. */
  public static Builder builder(RkllmModel model) {
    return new Builder(model);
  }

  /**
   * Embeds texts, in their order.
   *
   * @throws IllegalArgumentException if the options request another model or another number of
   *     dimensions
   * @throws io.rkllm.InferenceException if the runtime fails, including timeouts
   */
  @Override
  public EmbeddingResponse call(EmbeddingRequest request) {
    EmbeddingRequest named =
        new EmbeddingRequest(request.getInstructions(), checked(request.getOptions()));
    EmbeddingModelObservationContext context =
        EmbeddingModelObservationContext.builder()
            .embeddingRequest(named)
            .provider(RkllmChatModel.PROVIDER)
            .build();
    return Objects.requireNonNull(
        EmbeddingModelObservationDocumentation.EMBEDDING_MODEL_OPERATION
            .observation(convention, DEFAULT_CONVENTION, () -> context, observations)
            .observe(
                () -> {
                  EmbeddingResponse response = embed(named);
                  context.setResponse(response);
                  return response;
                }));
  }

  private EmbeddingResponse embed(EmbeddingRequest request) {
    return new EmbeddingResponse(
        IntStream.range(0, request.getInstructions().size())
            .mapToObj(i -> new Embedding(model.embed(request.getInstructions().get(i), options), i))
            .toList(),
        new EmbeddingResponseMetadata(modelName, new EmptyUsage()));
  }

  private EmbeddingOptions checked(@Nullable EmbeddingOptions given) {
    if (given != null && given.getModel() != null && !given.getModel().equals(modelName)) {
      throw new IllegalArgumentException(
          "the model \"%s\" was requested, but this model is \"%s\"; leave the option unset or inject another EmbeddingModel"
              .formatted(given.getModel(), modelName));
    }
    if (given != null && given.getDimensions() != null && given.getDimensions() != dimensions()) {
      throw new IllegalArgumentException(
          "%d dimensions were requested, but the model has %d; leave the option unset"
              .formatted(given.getDimensions(), dimensions()));
    }
    return EmbeddingOptions.builder().model(modelName).build();
  }

  @Override
  public float[] embed(Document document) {
    return embed(Objects.requireNonNullElse(getEmbeddingContent(document), ""));
  }

  /** Returns the number of dimensions. The first call embeds a word. */
  @Override
  public int dimensions() {
    if (dimensions == 0) {
      dimensions = model.embed("dimensions", options).length;
    }
    return dimensions;
  }

  /** Builder of {@link RkllmEmbeddingModel}. */
  public static final class Builder {
    private final RkllmModel model;
    private String modelName = RkllmChatModel.PROVIDER;
    private EmbedOptions options = EmbedOptions.builder().normalize(true).build();
    private ObservationRegistry observations = ObservationRegistry.NOOP;
    private @Nullable EmbeddingModelObservationConvention convention;

    private Builder(RkllmModel model) {
      this.model = Objects.requireNonNull(model, "model");
    }

    /** Sets the name of the model in responses and observations; {@code rkllm} by default. */
    public Builder modelName(String modelName) {
      this.modelName = Objects.requireNonNull(modelName, "modelName");
      return this;
    }

    /** Sets the options; by default, the hidden state of the last token is scaled to length 1. */
    public Builder options(EmbedOptions options) {
      this.options = Objects.requireNonNull(options, "options");
      return this;
    }

    /** Sets the registry that observes each call. */
    public Builder observationRegistry(ObservationRegistry registry) {
      this.observations = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /** Sets the convention of the observations; Spring AI's default if it is null. */
    public Builder observationConvention(@Nullable EmbeddingModelObservationConvention convention) {
      this.convention = convention;
      return this;
    }

    /** Returns the embedding model. */
    public RkllmEmbeddingModel build() {
      return new RkllmEmbeddingModel(this);
    }
  }
}
