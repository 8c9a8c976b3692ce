package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.List;

/** LangChain4j's contract of chat models. */
class ChatModelContractTest extends AbstractChatModelIT {
  @Override
  protected List<ChatModel> models() {
    return Simulated.chatModels();
  }

  @Override
  protected ChatModel createModelWith(ChatRequestParameters parameters) {
    return RkllmChatModel.builder()
        .model(Simulated.V1_3)
        .defaultRequestParameters(parameters)
        .build();
  }

  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  /** An {@code RkllmModel} is a single model. */
  @Override
  protected boolean supportsModelNameParameter() {
    return false;
  }

  /** Pictures need an encoder, which turns them into embeddings. */
  @Override
  protected boolean supportsSingleImageInputAsBase64EncodedString() {
    return false;
  }

  @Override
  protected boolean supportsSingleImageInputAsPublicURL() {
    return false;
  }
}
