package io.rkllm.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RkllmChatModelTest {
  private static final ResponseFormat CITY =
      ResponseFormat.builder()
          .type(ResponseFormatType.JSON)
          .jsonSchema(
              JsonSchema.builder()
                  .name("City")
                  .rootElement(
                      JsonObjectSchema.builder().addStringProperty("city").required("city").build())
                  .build())
          .build();

  private final RkllmChatModel model = RkllmChatModel.builder().model(Simulated.V1_3).build();

  @Test
  void load_twoModels_eachAnswersAndIsClosedAlone() {
    try (RkllmChatModel first = owned()) {
      try (RkllmChatModel second = owned()) {
        assertThat(second.chat("Hello")).startsWith("Hello");
        assertThat(first.chat("Hello")).startsWith("Hello");
      }
      assertThat(first.chat("Say 'hello world'")).isEqualTo("Hello World");
    }
  }

  private static RkllmChatModel owned() {
    return RkllmChatModel.builder().load(Simulated.builder(Release.V1_3_1)).build();
  }

  @Test
  void chat_answerDoesNotFitTheSchema_isAskedForOnceMore() {
    ChatResponse response =
        model.chat(
            ChatRequest.builder()
                .messages(UserMessage.from("Give me a city in JSON"))
                .responseFormat(CITY)
                .build());

    assertThat(response.aiMessage().text()).isEqualTo("{\"city\":\"Bremen\"}");
  }

  @Test
  void chat_toolIsRequiredAndNoneIsCalled_failsWithTheAnswer() {
    ChatRequest request =
        ChatRequest.builder()
            .messages(UserMessage.from("I would rather talk"))
            .toolSpecifications(ToolSpecification.builder().name("walk").build())
            .toolChoice(ToolChoice.REQUIRED)
            .build();

    assertThatThrownBy(() -> model.chat(request))
        .isInstanceOf(LangChain4jException.class)
        .hasMessageContaining("called no tool")
        .hasMessageContaining("Let us talk.");
  }

  @Test
  void chat_timeoutPasses_throwsTheTimeoutOfLangChain4j() {
    RkllmChatModel hasty =
        RkllmChatModel.builder().model(Simulated.V1_3).timeout(Duration.ofMillis(1)).build();

    assertThatThrownBy(() -> hasty.chat("Tell me a long story"))
        .isInstanceOf(TimeoutException.class);
  }

  @Test
  void chat_promptBeyondTheContext_isAnInvalidRequest() {
    assertThatThrownBy(() -> model.chat("long ".repeat(20_000)))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void chat_samplingOnRelease12_isAnUnsupportedFeature() {
    RkllmChatModel old = RkllmChatModel.builder().model(Simulated.V1_2).temperature(0.5).build();

    assertThatThrownBy(() -> old.chat("hello")).isInstanceOf(UnsupportedFeatureException.class);
  }

  @Test
  void close_sharedModel_staysOpen() {
    model.close();

    assertThat(model.chat("hello")).startsWith("Hello");
  }

  @Test
  void close_modelOfItsOwn_isClosed() {
    RkllmChatModel own = RkllmChatModel.builder().load(Simulated.builder(Release.V1_3_1)).build();
    assertThat(own.chat("hello")).startsWith("Hello");

    own.close();

    assertThatThrownBy(() -> own.chat("hello")).isInstanceOf(LangChain4jException.class);
  }

  @Test
  void build_modelWithoutChatFormat_isRefused() {
    try (RkllmModel raw = Simulated.withoutFormat().load()) {
      assertThatThrownBy(() -> RkllmChatModel.builder().model(raw).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("chatFormat");
    }
  }

  @Test
  void build_withoutModel_isRefused() {
    assertThatThrownBy(() -> RkllmChatModel.builder().build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("model or load");
  }
}
