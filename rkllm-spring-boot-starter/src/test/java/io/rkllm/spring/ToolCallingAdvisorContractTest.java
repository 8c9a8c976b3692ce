package io.rkllm.spring;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.test.chat.client.advisor.AbstractToolCallingAdvisorIT;

/** Spring AI's contract of models whose tools an advisor of the application calls. */
class ToolCallingAdvisorContractTest extends AbstractToolCallingAdvisorIT {
  @Override
  protected ChatModel getChatModel() {
    return RkllmChatModel.builder(Simulated.MODEL).build();
  }
}
