package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;

/**
 * A chat model on the NPU.
 *
 * <pre>{@code
 * ChatModel model = RkllmChatModel.builder()
 *     .load(RkllmModel.builder(path).chatFormat(ChatFormats.qwen3()).contextLength(4096))
 *     .build();
 * String answer = model.chat("Why is the sky blue?");
 * }</pre>
 *
 * <p>Requests may declare tools, require a tool call, or ask for JSON, with a schema or without. An
 * answer that violates its schema is requested once more. {@code chat} blocks until the answer is
 * complete; requests of several threads are answered one after the other.
 *
 * <p>Thread-safe.
 */
public final class RkllmChatModel implements ChatModel, AutoCloseable {
  private final ChatSettings settings;

  private RkllmChatModel(Builder from) {
    settings = new ChatSettings(from);
  }

  /** Returns a builder. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Answers one request.
   *
   * @throws dev.langchain4j.exception.UnsupportedFeatureException if the request asks for something
   *     that this model or its runtime cannot do
   * @throws dev.langchain4j.exception.InvalidRequestException if the request cannot be written as a
   *     prompt or does not fit into the context
   * @throws dev.langchain4j.exception.TimeoutException if the answer took longer than the timeout
   * @throws dev.langchain4j.exception.LangChain4jException if the generation failed, no answer fits
   *     the schema, or the model was closed
   */
  @Override
  public ChatResponse doChat(ChatRequest request) {
    return settings.run(settings.turn(request, _ -> {}));
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return settings.defaults();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return settings.listeners();
  }

  @Override
  public Set<Capability> supportedCapabilities() {
    return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
  }

  /** Closes the model if {@link ChatModelBuilder#load} loaded it; a shared one stays open. */
  @Override
  public void close() {
    settings.close();
  }

  /** Builds {@link RkllmChatModel}. */
  public static final class Builder extends ChatModelBuilder<Builder> {
    private Builder() {}

    /**
     * Builds the model; loads it if {@link #load} was called.
     *
     * @throws IllegalArgumentException if no model was given, or it has no chat format
     * @throws io.rkllm.RkllmException if loading fails
     */
    public RkllmChatModel build() {
      return new RkllmChatModel(this);
    }

    @Override
    Builder self() {
      return this;
    }
  }
}
