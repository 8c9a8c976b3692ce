package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import java.util.List;

/** LangChain4j's contract of chat models under an AI service. */
class AiServiceContractTest extends AbstractAiServiceIT {
  @Override
  protected List<ChatModel> models() {
    return Simulated.chatModels();
  }
}
