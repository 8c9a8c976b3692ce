package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.InferenceTimeoutException;
import io.rkllm.tools.StructuredOutputException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.util.MimeTypeUtils;
import reactor.core.publisher.BaseSubscriber;

class RkllmChatModelTest {
  private static final String SCHEMA =
      """
      {"type": "object", "properties": {"name": {"type": "string"}, "people": {"type": "integer"}}, \
      "required": ["name", "people"]}""";

  private final RkllmChatModel model =
      RkllmChatModel.builder(Simulated.MODEL).modelName("assistant").build();

  record City(String name, int people) {}

  private static Generation result(ChatResponse response) {
    return Objects.requireNonNull(response.getResult());
  }

  private static Prompt prompt(String question, RkllmChatOptions.Builder options) {
    return new Prompt(question, options.build());
  }

  @Test
  void call_question_returnsTheAnswerWithItsMetadata() {
    ChatResponse response = model.call(new Prompt("What is the capital of Germany?"));

    assertThat(result(response).getOutput().getText())
        .isEqualTo("The capital of Germany is Berlin.");
    assertThat(result(response).getMetadata().getFinishReason()).isEqualTo("STOP");
    assertThat(response.getMetadata().getModel()).isEqualTo("assistant");
    assertThat(response.getMetadata().getId()).isNotEmpty();
    assertThat(response.getMetadata().getUsage().getPromptTokens()).isPositive();
    assertThat(response.getMetadata().getUsage().getCompletionTokens()).isPositive();
  }

  @Test
  void call_historyOfMessages_isThatOfTheAnswer() {
    Prompt prompt =
        new Prompt(
            List.of(
                new UserMessage("My name is Ada."),
                new AssistantMessage("Hello, Ada."),
                new UserMessage("What is my name?")));

    assertThat(result(model.call(prompt)).getOutput().getText()).isEqualTo("You are Ada.");
  }

  @Test
  void call_withThinking_returnsItInTheMetadata() {
    Generation answer =
        result(
            model.call(
                prompt(
                    "What is the capital of Germany?", RkllmChatOptions.builder().thinking(true))));

    assertThat(answer.getOutput().getText()).isEqualTo("The capital of Germany is Berlin.");
    assertThat(answer.getOutput().getMetadata())
        .containsEntry("thinking", "They ask for a city.\n");
    assertThat(answer.getMetadata().<String>get("thinking")).isEqualTo("They ask for a city.\n");
  }

  @Test
  void call_optionsOfAnotherClass_apply() {
    ChatOptions options = ChatOptions.builder().topK(9).maxTokens(50).build();

    assertThat(result(model.call(new Prompt("Which top_k?", options))).getOutput().getText())
        .isEqualTo("9");
  }

  @Test
  void call_maxTokens_endsTheAnswerAsLength() {
    ChatResponse response =
        model.call(prompt("Tell me a long story", RkllmChatOptions.builder().maxTokens(5)));

    assertThat(result(response).getMetadata().getFinishReason()).isEqualTo("LENGTH");
  }

  @Test
  void call_timeout_fails() {
    assertThatThrownBy(
            () ->
                model.call(
                    prompt(
                        "Tell me a long story",
                        RkllmChatOptions.builder().timeout(Duration.ofMillis(20)))))
        .isInstanceOf(InferenceTimeoutException.class);
  }

  @Test
  void call_anotherModel_isRefused() {
    assertThatThrownBy(() -> model.call(prompt("hello", RkllmChatOptions.builder().model("gpt"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"gpt\"")
        .hasMessageContaining("\"assistant\"");
  }

  @Test
  void call_picture_isRefused() {
    UserMessage question =
        UserMessage.builder()
            .text("What is this?")
            .media(new Media(MimeTypeUtils.IMAGE_PNG, URI.create("file:/cat.png")))
            .build();

    assertThatThrownBy(() -> model.call(new Prompt(question)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("image/png");
  }

  @Test
  void call_answerThatViolatesTheSchema_isRequestedOnceMore() {
    Prompt prompt = prompt("Give me a city.", RkllmChatOptions.builder().outputSchema(SCHEMA));

    ChatResponse response = model.call(prompt);

    assertThat(result(response).getOutput().getText())
        .isEqualTo("{\"name\":\"Bremen\",\"people\":580000}");
    assertThat(response.getMetadata().getUsage().getPromptTokens()).isGreaterThan(100); // of both
  }

  @Test
  void call_secondAnswerThatViolatesTheSchema_fails() {
    String schema = SCHEMA.replace("name", "title");

    assertThatThrownBy(
            () ->
                model.call(
                    prompt("Give me anything.", RkllmChatOptions.builder().outputSchema(schema))))
        .isInstanceOf(StructuredOutputException.class);
  }

  @Test
  void chatClient_entityWithNativeStructuredOutput_isRead() {
    City city =
        ChatClient.create(model)
            .prompt("What is the capital of Germany?")
            .call()
            .entity(City.class, spec -> spec.useProviderStructuredOutput());

    assertThat(city).isEqualTo(new City("Berlin", 3_900_000));
  }

  @Test
  void stream_question_arrivesInParts() {
    List<ChatResponse> parts =
        model.stream(
                prompt(
                    "What is the capital of Germany?", RkllmChatOptions.builder().thinking(true)))
            .collectList()
            .block();

    assertThat(Objects.requireNonNull(parts)).hasSizeGreaterThan(5);
    assertThat(parts.stream().map(part -> result(part).getOutput().getText()).toList())
        .hasSizeGreaterThan(5);
    assertThat(String.join("", parts.stream().map(RkllmChatModelTest::text).toList()))
        .isEqualTo("The capital of Germany is Berlin.");
    assertThat(String.join("", parts.stream().map(RkllmChatModelTest::thinking).toList()))
        .isEqualTo("They ask for a city.\n");
    ChatResponse last = parts.getLast();
    assertThat(result(last).getMetadata().getFinishReason()).isEqualTo("STOP");
    assertThat(result(last).getOutput().getMetadata())
        .containsEntry("thinking", "They ask for a city.\n");
    assertThat(last.getMetadata().getUsage().getCompletionTokens()).isPositive();
  }

  private static String text(ChatResponse part) {
    return Objects.requireNonNullElse(result(part).getOutput().getText(), "");
  }

  private static String thinking(ChatResponse part) {
    return result(part).getMetadata().getOrDefault("thinking", "");
  }

  @Test
  void stream_parts_makeTheMessageThatCallReturns() {
    Prompt prompt =
        prompt("What is the capital of Germany?", RkllmChatOptions.builder().thinking(true));
    BlockingQueue<ChatResponse> whole = new LinkedBlockingQueue<>();

    new MessageAggregator().aggregate(model.stream(prompt), whole::add).blockLast();

    assertThat(result(whole.remove()).getOutput())
        .isEqualTo(result(model.call(prompt)).getOutput());
  }

  @Test
  void stream_withASchema_arrivesOnceItConforms() {
    List<ChatResponse> parts =
        model.stream(prompt("Give me a city.", RkllmChatOptions.builder().outputSchema(SCHEMA)))
            .collectList()
            .block();

    assertThat(Objects.requireNonNull(parts).stream().map(RkllmChatModelTest::text).toList())
        .containsExactly("{\"name\":\"Bremen\",\"people\":580000}", ""); // and the metadata
  }

  @Test
  void stream_invalidPrompt_fails() {
    assertThatThrownBy(
            () ->
                model.stream(prompt("hello", RkllmChatOptions.builder().maxTokens(0))).blockLast())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxNewTokens");
  }

  /** Requests one part at a time. */
  private static final class Parts extends BaseSubscriber<ChatResponse> {
    final BlockingQueue<ChatResponse> queue = new LinkedBlockingQueue<>();

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      subscription.request(1);
    }

    @Override
    protected void hookOnNext(ChatResponse part) {
      queue.add(part);
    }
  }

  @Test
  void stream_slowSubscriber_getsNoMorePartsThanItRequests() throws InterruptedException {
    Parts parts = new Parts();
    long generations = Simulated.MODEL.stats().generations();

    model.stream(new Prompt("What is the capital of Germany?")).subscribe(parts);
    parts.queue.take();
    model.call(new Prompt("hello")); // runs after the whole answer

    assertThat(Simulated.MODEL.stats().generations() - generations).isEqualTo(2);
    assertThat(parts.queue).isEmpty();
    parts.request(1);
    assertThat(parts.queue.take()).isNotNull();
    parts.cancel();
  }

  @Test
  void stream_canceled_stopsTheNpu() throws InterruptedException {
    Parts parts = new Parts();
    long tokens = Simulated.MODEL.stats().generatedTokens();
    long cancelled = Simulated.MODEL.stats().cancelled();

    model.stream(new Prompt("Tell me a long story")).subscribe(parts);
    parts.queue.take();
    parts.cancel();
    model.call(new Prompt("hello")); // runs after the story has ended

    assertThat(Simulated.MODEL.stats().cancelled() - cancelled).isEqualTo(1);
    assertThat(Simulated.MODEL.stats().generatedTokens() - tokens).isLessThan(300);
  }
}
