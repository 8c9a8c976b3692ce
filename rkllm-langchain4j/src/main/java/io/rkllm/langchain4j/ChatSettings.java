package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.rkllm.chat.ChatFormat;
import java.util.List;

/** A model and how it is asked: what both chat models are made of. Immutable. */
final class ChatSettings implements AutoCloseable {
  private static final String NO_FORMAT =
      "the model has no chat format, which conversations need; load it with"
          + " RkllmModel.Builder.chatFormat, for example ChatFormats.qwen3()";

  private final ModelSource source;
  private final String modelName;
  private final ChatFormat format;
  private final ChatRequests requests;
  private final ChatRequestParameters defaults;
  private final List<ChatModelListener> listeners;

  ChatSettings(ChatModelBuilder<?> from) {
    modelName = from.modelName;
    requests = new ChatRequests(modelName, from.think, from.timeout);
    defaults =
        ChatRequestParameters.builder()
            .modelName(modelName)
            .overrideWith(from.parameters.build())
            .build();
    requests.refuseUnsupported(defaults);
    listeners = from.listeners;
    source = ModelSource.of(from.shared, from.own);
    format =
        source
            .model()
            .chatFormat()
            .orElseThrow(() -> close(new IllegalArgumentException(NO_FORMAT)));
  }

  private <E extends Exception> E close(E thrown) {
    close();
    return thrown;
  }

  ChatRequestParameters defaults() {
    return defaults;
  }

  List<ChatModelListener> listeners() {
    return listeners;
  }

  /** Reads a request; nothing is generated before the turn is run. */
  ChatTurn turn(ChatRequest request, AnswerListener listener) {
    return new ChatTurn(source.model(), format, modelName, requests.read(request), listener);
  }

  @Override
  public void close() {
    source.close();
  }
}
