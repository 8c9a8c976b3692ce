package io.rkllm.langchain4j;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import org.mockito.InOrder;

/**
 * LangChain4j's contract of streaming chat models; its cancellation waits half a minute a model.
 */
class StreamingChatModelContractTest extends AbstractStreamingChatModelIT {
  @Override
  protected List<StreamingChatModel> models() {
    return List.of(RkllmStreamingChatModel.builder().model(Simulated.V1_3).build());
  }

  @Override
  protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
    return RkllmStreamingChatModel.builder()
        .model(Simulated.V1_3)
        .defaultRequestParameters(parameters)
        .build();
  }

  @Override
  public StreamingChatModel createModelWith(ChatModelListener listener) {
    return RkllmStreamingChatModel.builder()
        .model(Simulated.V1_3)
        .listeners(List.of(listener))
        .build();
  }

  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  @Override
  protected void verifyToolCallbacks(
      StreamingChatResponseHandler handler, InOrder order, String id) {
    verifyCall(handler, order, 0, id);
  }

  @Override
  protected void verifyToolCallbacks(
      StreamingChatResponseHandler handler, InOrder order, String id1, String id2) {
    verifyCall(handler, order, 0, id1);
    verifyCall(handler, order, 1, id2);
  }

  private static void verifyCall(
      StreamingChatResponseHandler handler, InOrder order, int index, String id) {
    order
        .verify(handler)
        .onPartialToolCall(argThat(call -> call.index() == index && call.id().equals(id)), any());
    order
        .verify(handler)
        .onCompleteToolCall(
            argThat(call -> call.index() == index && call.toolExecutionRequest().id().equals(id)));
  }

  /** An {@code RkllmModel} is a single model. */
  @Override
  protected boolean supportsModelNameParameter() {
    return false;
  }

  /**
   * The contract expects JSON in several parts; here it arrives as a whole, once it has been
   * validated.
   */
  @Override
  protected boolean supportsToolsAndJsonResponseFormatWithSchema() {
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
