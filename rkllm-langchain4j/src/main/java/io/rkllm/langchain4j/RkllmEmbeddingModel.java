package io.rkllm.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.DimensionAwareEmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.embedding.response.EmbeddingResponseMetadata;
import io.rkllm.RkllmModel;
import io.rkllm.forward.EmbedOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings from the NPU, made of a model's hidden states.
 *
 * <pre>{@code
 * EmbeddingModel embeddings = RkllmEmbeddingModel.builder().model(model).build();
 * }</pre>
 *
 * <p>The vectors have length 1 and come from the last token, unless the {@linkplain Builder#options
 * options} say otherwise. Inputs are embedded one after the other; the call blocks meanwhile. The
 * runtime does not report how many tokens it read, so responses carry no token usage.
 *
 * <p>Thread-safe.
 */
public final class RkllmEmbeddingModel extends DimensionAwareEmbeddingModel
    implements AutoCloseable {
  private final ModelSource source;
  private final String modelName;
  private final EmbedOptions options;
  private final List<EmbeddingModelListener> listeners;

  private RkllmEmbeddingModel(Builder from) {
    modelName = from.modelName;
    options = from.options;
    listeners = from.listeners;
    source = ModelSource.of(from.shared, from.own);
  }

  /** Returns a builder. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Embeds the inputs in their order.
   *
   * @throws dev.langchain4j.exception.InvalidRequestException if an input does not fit into the
   *     context
   * @throws dev.langchain4j.exception.TimeoutException if an input took longer than the timeout
   * @throws dev.langchain4j.exception.LangChain4jException if the runtime fails
   */
  @Override
  public EmbeddingResponse doEmbed(EmbeddingRequest request) {
    try {
      return EmbeddingResponse.builder()
          .embeddings(request.inputs().stream().map(this::embedding).toList())
          .metadata(EmbeddingResponseMetadata.builder().modelName(modelName).build())
          .build();
    } catch (RuntimeException e) {
      throw Failures.toLangChain4j(e);
    }
  }

  private Embedding embedding(EmbeddingInput input) {
    return Embedding.from(source.model().embed(input.text(), options));
  }

  @Override
  public String modelName() {
    return modelName;
  }

  @Override
  public List<EmbeddingModelListener> listeners() {
    return listeners;
  }

  /** Closes the model if {@link Builder#load} loaded it; a shared one stays open. */
  @Override
  public void close() {
    source.close();
  }

  /** Builds {@link RkllmEmbeddingModel}. */
  public static final class Builder {
    private @Nullable RkllmModel shared;
    private RkllmModel.@Nullable Builder own;
    private String modelName = "rkllm";
    private EmbedOptions options = EmbedOptions.builder().normalize(true).build();
    private List<EmbeddingModelListener> listeners = List.of();

    private Builder() {}

    /** Uses a model that is already open; it stays open when the embedding model is closed. */
    public Builder model(RkllmModel model) {
      shared = model;
      own = null;
      return this;
    }

    /** Loads a model of its own, which is closed together with the embedding model. */
    public Builder load(RkllmModel.Builder model) {
      own = model;
      shared = null;
      return this;
    }

    /** Sets the name of the model in responses, {@code rkllm} by default. */
    public Builder modelName(String modelName) {
      this.modelName = modelName;
      return this;
    }

    /** Sets the options; by default, the hidden state of the last token is scaled to length 1. */
    public Builder options(EmbedOptions options) {
      this.options = options;
      return this;
    }

    /** Sets the listeners of requests, responses and errors. */
    public Builder listeners(List<EmbeddingModelListener> listeners) {
      this.listeners = List.copyOf(listeners);
      return this;
    }

    /**
     * Builds the model; loads it if {@link #load} was called.
     *
     * @throws IllegalArgumentException if no model was given
     * @throws io.rkllm.RkllmException if loading fails
     */
    public RkllmEmbeddingModel build() {
      return new RkllmEmbeddingModel(this);
    }
  }
}
