package io.rkllm.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.rkllm.chat.ChatFormat;
import io.rkllm.simulator.Release;
import java.util.List;

/** LangChain4j's contract of listeners of chat models. */
class ChatModelListenerContractTest extends AbstractChatModelListenerIT {
  @Override
  protected ChatModel createModel(ChatModelListener listener) {
    return RkllmChatModel.builder()
        .model(Simulated.V1_3)
        .temperature(temperature())
        .topP(topP())
        .maxOutputTokens(maxTokens())
        .listeners(List.of(listener))
        .build();
  }

  @Override
  protected String modelName() {
    return "rkllm";
  }

  /** A model that can write down no conversation. */
  @Override
  protected ChatModel createFailingModel(ChatModelListener listener) {
    ChatFormat refusing =
        conversation -> {
          throw new IllegalArgumentException("this format refuses every conversation");
        };
    return RkllmChatModel.builder()
        .load(Simulated.builder(Release.V1_3_1).chatFormat(refusing))
        .listeners(List.of(listener))
        .build();
  }

  @Override
  protected Class<? extends Exception> expectedExceptionClass() {
    return InvalidRequestException.class;
  }
}
