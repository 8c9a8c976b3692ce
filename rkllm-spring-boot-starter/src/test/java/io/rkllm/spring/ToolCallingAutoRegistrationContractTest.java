package io.rkllm.spring;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.test.chat.client.advisor.AbstractToolCallingAdvisorAutoRegistrationIT;

/** Spring AI's contract of models whose tools {@code ChatClient} calls by itself. */
class ToolCallingAutoRegistrationContractTest extends AbstractToolCallingAdvisorAutoRegistrationIT {
  @Override
  protected ChatModel getChatModel() {
    return RkllmChatModel.builder(Simulated.MODEL).build();
  }
}
