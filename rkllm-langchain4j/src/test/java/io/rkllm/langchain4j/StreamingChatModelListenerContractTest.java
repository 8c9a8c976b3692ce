package io.rkllm.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.rkllm.chat.ChatFormat;
import io.rkllm.simulator.Release;
import java.util.List;

/** LangChain4j's contract of listeners of streaming chat models. */
class StreamingChatModelListenerContractTest extends AbstractStreamingChatModelListenerIT {
  @Override
  protected StreamingChatModel createModel(ChatModelListener listener) {
    return RkllmStreamingChatModel.builder()
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
  protected StreamingChatModel createFailingModel(ChatModelListener listener) {
    ChatFormat refusing =
        conversation -> {
          throw new IllegalArgumentException("this format refuses every conversation");
        };
    return RkllmStreamingChatModel.builder()
        .load(Simulated.builder(Release.V1_3_1).chatFormat(refusing))
        .listeners(List.of(listener))
        .build();
  }

  @Override
  protected Class<? extends Exception> expectedExceptionClass() {
    return InvalidRequestException.class;
  }
}
