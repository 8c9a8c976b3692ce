package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.rkllm.tools.ChatTurn;
import io.rkllm.tools.event.ChatEvent;
import java.util.List;
import java.util.function.Consumer;

/** The model and the settings of a chat model, streaming or not. Immutable. */
final class ChatSettings implements AutoCloseable {
  static final String NO_FORMAT =
      "the model has no chat format, which conversations need; load it with"
          + " RkllmModel.Builder.chatFormat, for example ChatFormats.qwen3()";

  private final ModelSource source;
  private final String modelName;
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
    if (source.model().chatFormat().isEmpty()) {
      source.close();
      throw new IllegalArgumentException(NO_FORMAT);
    }
  }

  ChatRequestParameters defaults() {
    return defaults;
  }

  List<ChatModelListener> listeners() {
    return listeners;
  }

  /** Returns the turn that answers a request; nothing is generated before it is run. */
  ChatTurn turn(ChatRequest request, Consumer<? super ChatEvent> events) {
    return requests.turn(source.model(), request, events);
  }

  /** Runs a turn. Blocks until the answer is complete. */
  ChatResponse run(ChatTurn turn) {
    try {
      return Messages.response(turn.run(), modelName);
    } catch (RuntimeException e) {
      throw Failures.toLangChain4j(e);
    }
  }

  @Override
  public void close() {
    source.close();
  }
}
