package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import io.rkllm.RkllmModel;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options that {@link RkllmChatModel} and {@link RkllmStreamingChatModel} share.
 *
 * @param <B> the builder itself
 */
public abstract sealed class ChatModelBuilder<B extends ChatModelBuilder<B>>
    permits RkllmChatModel.Builder, RkllmStreamingChatModel.Builder {
  final DefaultChatRequestParameters.Builder<?> parameters = ChatRequestParameters.builder();
  @Nullable RkllmModel shared;
  RkllmModel.@Nullable Builder own;
  String modelName = "rkllm";
  boolean think;
  @Nullable Duration timeout;
  List<ChatModelListener> listeners = List.of();

  ChatModelBuilder() {}

  abstract B self();

  /**
   * Uses a model that is already open. Several chat and embedding models may share it; it stays
   * open when they are closed.
   */
  public B model(RkllmModel model) {
    shared = model;
    own = null;
    return self();
  }

  /** Loads a model of its own, which is closed together with the chat model. */
  public B load(RkllmModel.Builder model) {
    own = model;
    shared = null;
    return self();
  }

  /**
   * Sets the name of the model in responses, {@code rkllm} by default. A request for a model of
   * another name is rejected.
   */
  public B modelName(String modelName) {
    this.modelName = modelName;
    return self();
  }

  /** Sets whether the model thinks before it answers, if it can; it does not by default. */
  public B think(boolean think) {
    this.think = think;
    return self();
  }

  /**
   * Sets the longest time that one generation may take, including the time in the model's queue. By
   * default there is no limit.
   */
  public B timeout(Duration timeout) {
    this.timeout = timeout;
    return self();
  }

  /** Sets the parameters that apply where a request has none of its own. */
  public B defaultRequestParameters(ChatRequestParameters defaults) {
    parameters.overrideWith(defaults);
    return self();
  }

  /**
   * Sets the default temperature. Sampling for a single answer requires release 1.3 of the runtime.
   */
  public B temperature(@Nullable Double temperature) {
    parameters.temperature(temperature);
    return self();
  }

  /** Sets the default nucleus sampling limit, in (0, 1]. */
  public B topP(@Nullable Double topP) {
    parameters.topP(topP);
    return self();
  }

  /** Sets the default number of most likely tokens that the next one is chosen from. */
  public B topK(@Nullable Integer topK) {
    parameters.topK(topK);
    return self();
  }

  /** Sets the default for the largest number of tokens of an answer. */
  public B maxOutputTokens(@Nullable Integer maxOutputTokens) {
    parameters.maxOutputTokens(maxOutputTokens);
    return self();
  }

  /** Sets the default stop sequences. An answer ends before the first of them. */
  public B stopSequences(List<String> stopSequences) {
    parameters.stopSequences(stopSequences);
    return self();
  }

  /** Sets the listeners of requests, responses and errors. */
  public B listeners(List<ChatModelListener> listeners) {
    this.listeners = List.copyOf(listeners);
    return self();
  }
}
