package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.rkllm.tools.ChatTurn;
import java.util.List;
import java.util.Set;

/**
 * A chat model on the NPU that passes on its answer while it is generated.
 *
 * <p>All methods of a handler are called on one virtual thread per request. Text and thinking
 * arrive as they are generated; a tool call arrives when it is complete, so that a malformed one
 * never begins. An answer that has to be JSON or a tool call arrives as a whole, once it has been
 * validated. {@link dev.langchain4j.model.chat.response.StreamingHandle#cancel} stops the NPU; the
 * handler is not called afterwards.
 *
 * <p>Thread-safe.
 */
public final class RkllmStreamingChatModel implements StreamingChatModel, AutoCloseable {
  private final ChatSettings settings;

  private RkllmStreamingChatModel(Builder from) {
    settings = new ChatSettings(from);
  }

  /** Returns a builder. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Begins the answer to one request. Does not block.
   *
   * @throws dev.langchain4j.exception.UnsupportedFeatureException if the request asks for something
   *     that this model cannot do
   * @throws dev.langchain4j.exception.InvalidRequestException if the request cannot be read; what
   *     fails later is passed to {@link StreamingChatResponseHandler#onError}
   */
  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    HandlerAdapter adapter = new HandlerAdapter(handler);
    ChatTurn turn = settings.turn(request, adapter);
    adapter.cancelsBy(turn::cancel);
    Thread.ofVirtual()
        .name("rkllm-langchain4j")
        .start(() -> adapter.complete(() -> settings.run(turn)));
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

  /** Builds {@link RkllmStreamingChatModel}. */
  public static final class Builder extends ChatModelBuilder<Builder> {
    private Builder() {}

    /**
     * Builds the model; loads it if {@link #load} was called.
     *
     * @throws IllegalArgumentException if no model was given, or it has no chat format
     * @throws io.rkllm.RkllmException if loading fails
     */
    public RkllmStreamingChatModel build() {
      return new RkllmStreamingChatModel(this);
    }

    @Override
    Builder self() {
      return this;
    }
  }
}
