package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithJsonSchemaIT;
import java.util.List;

/** LangChain4j's contract of AI services that return objects. */
class AiServiceWithJsonSchemaContractTest extends AbstractAiServiceWithJsonSchemaIT {
  @Override
  protected List<ChatModel> models() {
    return Simulated.chatModels();
  }

  @Override
  protected boolean supportsRecursion() {
    return true;
  }
}
