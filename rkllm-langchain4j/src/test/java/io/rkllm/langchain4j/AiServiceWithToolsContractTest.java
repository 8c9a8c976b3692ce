package io.rkllm.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import java.util.List;

/** LangChain4j's contract of AI services with tools. */
class AiServiceWithToolsContractTest extends AbstractAiServiceWithToolsIT {
  @Override
  protected List<ChatModel> models() {
    return Simulated.chatModels();
  }

  @Override
  protected boolean supportsRecursion() {
    return true;
  }

  @Override
  protected boolean verifyModelInteractions() {
    return true;
  }

  /** The contract's own picture is on the Internet. */
  @Override
  protected Image catImage() {
    return Image.builder().base64Data("iVBORw0KGgo=").mimeType("image/png").build();
  }
}
