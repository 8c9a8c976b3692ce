package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import java.util.List;

/** LangChain4j's contract of streaming chat models under an AI service. */
class StreamingAiServiceContractTest extends AbstractStreamingAiServiceIT {
  @Override
  protected List<StreamingChatModel> models() {
    return List.of(
        RkllmStreamingChatModel.builder().model(Simulated.V1_2).build(),
        RkllmStreamingChatModel.builder().model(Simulated.V1_3).build());
  }
}
