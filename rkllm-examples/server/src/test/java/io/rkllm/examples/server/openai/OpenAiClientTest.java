package io.rkllm.examples.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.models.Model;
import io.rkllm.examples.server.SimulatedServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's own Java client against this server. */
@Timeout(60)
class OpenAiClientTest {
  private static final String SCRIPT =
      """
      thinking: on

      when: how warm is it in {city}
      needs: tools
      think: A tool knows.
      tool: temperature {"city": "{city}"}

      when: *degrees*
      role: tool
      say: The tool says {tool.degrees} degrees.

      when: my name is {name}
      say: Hello {name}.

      when: what is my name
      say: You are {name}.
      else: You have not told me.

      when: *JSON Schema*
      say: Here it is: {"city": "Bremen", "size": 560000}

      when: think
      think: Let me see.
      say: Done.

      when: count
      repeat: 2000 "tick "
      decode-ms: 5
      """;

  @TempDir Path folder;
  private SimulatedServer server;
  private OpenAIClient client;

  @BeforeEach
  void start() {
    server = SimulatedServer.start(folder).with("m", SCRIPT);
    client = client(server, "none");
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  /** Creates a client that does not repeat requests. */
  static OpenAIClient client(SimulatedServer server, String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.uri("/v1").toString())
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  private static ChatCompletionCreateParams.Builder question(String text) {
    return ChatCompletionCreateParams.builder().model("m").addUserMessage(text);
  }

  private static ChatCompletionFunctionTool temperature() {
    return ChatCompletionFunctionTool.builder()
        .function(
            FunctionDefinition.builder()
                .name("temperature")
                .description("The temperature in a town")
                .parameters(
                    FunctionParameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .putAdditionalProperty(
                            "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                        .build())
                .build())
        .build();
  }

  @Test
  void models_list_hasTheModel() {
    assertThat(client.models().list().data()).extracting(Model::id).containsExactly("m");
  }

  @Test
  void chat_wholeHistory_isUsed() {
    String name = "Ada" + new Random().nextInt(1000);
    ChatCompletion completion =
        client
            .chat()
            .completions()
            .create(
                question("my name is " + name)
                    .addAssistantMessage("Hello.")
                    .addUserMessage("what is my name")
                    .build());

    assertThat(completion.choices().getFirst().message().content())
        .contains("You are " + name + ".");
    assertThat(completion.usage().orElseThrow().completionTokens()).isPositive();
  }

  @Test
  void chat_streamed_accumulatesToTheSameWithUsageAndThinking() {
    ChatCompletionCreateParams params =
        question("think")
            .putAdditionalBodyProperty("enable_thinking", JsonValue.from(true))
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
    StringBuilder thinking = new StringBuilder();
    try (StreamResponse<ChatCompletionChunk> chunks =
        client.chat().completions().createStreaming(params)) {
      chunks.stream()
          .peek(whole::accumulate)
          .flatMap(chunk -> chunk.choices().stream())
          .forEach(choice -> thinking.append(reasoning(choice.delta())));
    }

    ChatCompletion completion = whole.chatCompletion();
    assertThat(completion.choices().getFirst().message().content().orElseThrow().strip())
        .isEqualTo("Done.");
    assertThat(thinking.toString().strip()).isEqualTo("Let me see.");
    assertThat(completion.usage().orElseThrow().promptTokens()).isPositive();
    assertThat(completion.choices().getFirst().finishReason())
        .isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
  }

  /** Tests parameters that other servers have, but OpenAI's API has not. */
  @SuppressWarnings("deprecation")
  private static String reasoning(ChatCompletionChunk.Choice.Delta delta) {
    JsonValue part = delta._additionalProperties().get("reasoning_content");
    return part == null ? "" : part.asStringOrThrow();
  }

  @Test
  void chat_toolCalledInAStream_answeredAndUsed() {
    String city = "Town" + new Random().nextInt(1000);
    ChatCompletionCreateParams.Builder params =
        question("how warm is it in " + city).addTool(temperature());
    ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> chunks =
        client.chat().completions().createStreaming(params.build())) {
      chunks.stream().forEach(whole::accumulate);
    }
    ChatCompletion.Choice choice = whole.chatCompletion().choices().getFirst();
    ChatCompletionMessageFunctionToolCall call =
        choice.message().toolCalls().orElseThrow().getFirst().asFunction();

    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    assertThat(call.function().name()).isEqualTo("temperature");
    assertThat(call.function().arguments()).contains(city);

    params
        .addMessage(choice.message())
        .addMessage(
            ChatCompletionToolMessageParam.builder()
                .toolCallId(call.id())
                .content("{\"degrees\": 21}")
                .build());
    assertThat(
            client
                .chat()
                .completions()
                .create(params.build())
                .choices()
                .getFirst()
                .message()
                .content())
        .hasValueSatisfying(text -> assertThat(text).contains("21 degrees"));
  }

  @Test
  void chat_jsonSchema_answerIsOnlyTheObject() {
    ResponseFormatJsonSchema format =
        ResponseFormatJsonSchema.builder()
            .jsonSchema(
                ResponseFormatJsonSchema.JsonSchema.builder()
                    .name("town")
                    .schema(
                        ResponseFormatJsonSchema.JsonSchema.Schema.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .putAdditionalProperty("required", JsonValue.from(List.of("city")))
                            .build())
                    .build())
            .build();

    assertThat(
            client
                .chat()
                .completions()
                .create(question("Which town?").responseFormat(format).build())
                .choices()
                .getFirst()
                .message()
                .content())
        .contains("{\"city\":\"Bremen\",\"size\":560000}");
  }

  @Test
  void chat_cancelledMidway_nothingStaysUnderWay() {
    List<ChatCompletionChunk> seen = new ArrayList<>();
    try (StreamResponse<ChatCompletionChunk> chunks =
        client.chat().completions().createStreaming(question("count").build())) {
      chunks.stream().limit(10).forEach(seen::add);
    }

    assertThat(seen).hasSize(10);
    await().until(() -> server.server().activeRequests() == 0);
    assertThat(server.get("/metrics").body()).contains("rkllm_generations_aborted_total");
  }

  @Test
  void chat_badRequests_areTheClientsOwnExceptions() {
    assertThatThrownBy(
            () -> client.chat().completions().create(question("x").model("none").build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("none");
    assertThatThrownBy(() -> client.chat().completions().create(question("x").n(2).build()))
        .isInstanceOfSatisfying(
            BadRequestException.class, e -> assertThat(e.param()).contains("n"));
  }

  @Test
  void chat_wrongKey_isUnauthorized() {
    try (SimulatedServer guarded =
        SimulatedServer.start(folder, options -> options.key("secret"), it -> it)) {
      OpenAIClient stranger = client(guarded, "guess");
      OpenAIClient friend = client(guarded, "secret");

      assertThatThrownBy(() -> stranger.models().list())
          .isInstanceOf(UnauthorizedException.class)
          .hasMessageContaining("key");
      assertThat(friend.models().list().data()).hasSize(1);
      stranger.close();
      friend.close();
    }
  }
}
