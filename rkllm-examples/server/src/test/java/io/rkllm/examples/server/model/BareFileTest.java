package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.file.ModelFile;
import io.rkllm.simulator.SimulatorModelFile;
import io.rkllm.tokenizer.ModelTokenizer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A store whose one folder has a model file and nothing else. */
@Timeout(120)
class BareFileTest {
  private static final String SCRIPT =
      """
      RKLLM-SIMULATOR-MODEL 1
      context-limit: 1024
      when: my name is {name}
      say: Hello {name}.
      when: what is my name
      say: Your name is {name}.
      when: weather in {city}
      needs: tools
      tool: {function:weather} {"{argument:weather}": "{city}"}
      when: think
      think: I think.
      say: Done.
      when: *
      say: {runs} {tokens}
      """;

  private static final String TEMPLATE =
      """
      {%- if tools %}
      {{- "<|im_start|>system\\n# Tools\\n<tools>" }}
      {%- for tool in tools %}{{ "\\n" }}{{ tool | tojson }}{% endfor %}
      {{- "\\n</tools>\\nCall one in <tool_call></tool_call>.<|im_end|>\\n" }}
      {%- endif %}
      {%- for message in messages %}
      {{- "<|im_start|>" + message.role + "\\n" + message.content + "<|im_end|>\\n" }}
      {%- endfor %}
      {%- if add_generation_prompt %}
      {{- "<|im_start|>assistant\\n" }}
      {%- if enable_thinking %}{{ "<think>\\n" }}
      {%- else %}{{ "<think>\\n\\n</think>\\n\\n" }}{% endif %}
      {%- endif %}
      """;

  @TempDir static Path store;
  private static Path file;
  private static SimulatedServer server;

  @BeforeAll
  static void start() throws IOException {
    file =
        SimulatorModelFile.of(SCRIPT)
            .byteTokens()
            .chatTemplate(TEMPLATE)
            .write(Files.createDirectory(store.resolve("bare")).resolve("bare.rkllm"));
    server = SimulatedServer.start(store);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> chat(String rest) {
    return server.post("/v1/chat/completions", "{\"model\":\"bare\"," + rest + "}");
  }

  @Test
  void conversation_isWrittenByTheFilesTemplate_andCountedByItsTokenizer() {
    JsonNode answer =
        Replies.json(
            chat(
                """
                "messages":[{"role":"user","content":"My name is Åsa"},
                {"role":"assistant","content":"Hello Åsa."},
                {"role":"user","content":"What is my name?"}]
                """));

    assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("Your name is Åsa.");
    assertThat(answer.at("/usage/prompt_tokens").asInt())
        .isEqualTo(
            ModelTokenizer.of(ModelFile.read(file))
                .orElseThrow()
                .count(
                    "<|im_start|>user\nMy name is Åsa<|im_end|>\n"
                        + "<|im_start|>assistant\nHello Åsa.<|im_end|>\n"
                        + "<|im_start|>user\nWhat is my name?<|im_end|>\n"
                        + "<|im_start|>assistant\n<think>\n\n</think>\n\n"));
  }

  /** Only exact counts depend on a tokenizer in Java. */
  @Test
  void tokenizerOfAnUnknownKind_everythingButExactCountsWorks() throws IOException {
    SimulatorModelFile.of(SCRIPT)
        .byteTokens()
        .text("tokenizer.ggml.model", "t5")
        .chatTemplate(TEMPLATE)
        .write(Files.createDirectory(store.resolve("unigram")).resolve("unigram.rkllm"));

    JsonNode answer =
        Replies.json(
            server.post(
                "/v1/chat/completions",
                """
                {"model":"unigram","messages":[{"role":"user","content":"weather in Rome"}],
                "tools":[{"type":"function","function":{"name":"get_weather","parameters":
                {"type":"object","properties":{"city":{"type":"string"}}}}}]}
                """));

    assertThat(answer.at("/choices/0/message/tool_calls/0/function/name").asString())
        .isEqualTo("get_weather");
  }

  @Test
  void tools_areDeclaredByTheFilesTemplate() {
    JsonNode answer =
        Replies.json(
            chat(
                """
                "messages":[{"role":"user","content":"weather in Rome"}],
                "tools":[{"type":"function","function":{"name":"get_weather","parameters":
                {"type":"object","properties":{"city":{"type":"string"}}}}}]
                """));

    JsonNode call = answer.at("/choices/0/message/tool_calls/0/function");
    assertThat(call.get("name").asString()).isEqualTo("get_weather");
    assertThat(call.get("arguments").asString()).isEqualTo("{\"city\": \"Rome\"}");
  }

  @Test
  void thinking_isAskedForByTheFilesTemplate() {
    JsonNode answer =
        Replies.json(
            server.post(
                "/api/chat",
                """
                {"model":"bare","stream":false,"think":true,
                "messages":[{"role":"user","content":"think"}]}
                """));

    assertThat(answer.at("/message/thinking").asString().strip()).isEqualTo("I think.");
    assertThat(answer.at("/message/content").asString()).isEqualTo("Done.");
  }

  @Test
  void promptThatIsTooLong_isRefusedBeforeARun() {
    int before = runs();

    HttpResponse<String> response =
        chat("\"messages\":[{\"role\":\"user\",\"content\":\"" + "x".repeat(2000) + "\"}]");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).at("/error/code").asString())
        .isEqualTo("context_length_exceeded");
    assertThat(Replies.json(response).at("/error/message").asString())
        .contains("tokens, and the context of this model 1024");
    assertThat(runs()).isEqualTo(before + 1);
  }

  private static JsonNode longConversation(String truncate) {
    return Json.MAPPER.readTree(
        server
            .post(
                "/api/chat",
                """
                {"model":"bare","stream":false,%s"messages":[
                {"role":"system","content":"Be brief."},
                {"role":"user","content":"My name is Åsa"},
                {"role":"assistant","content":"%s"},
                {"role":"user","content":"My name is Bo"},
                {"role":"assistant","content":"Hello Bo."},
                {"role":"user","content":"count"}]}
                """
                    .formatted(truncate, "x".repeat(1500)))
            .body());
  }

  @Test
  void ollama_conversationThatIsTooLong_losesItsOldestTurns() {
    String kept =
        "<|im_start|>system\nBe brief.<|im_end|>\n"
            + "<|im_start|>user\nMy name is Bo<|im_end|>\n"
            + "<|im_start|>assistant\nHello Bo.<|im_end|>\n"
            + "<|im_start|>user\ncount<|im_end|>\n"
            + "<|im_start|>assistant\n<think>\n\n</think>\n\n";
    int tokens = ModelTokenizer.of(ModelFile.read(file)).orElseThrow().count(kept);

    for (String truncate : List.of("", "\"truncate\":true,")) {
      JsonNode answer = longConversation(truncate);
      assertThat(answer.at("/prompt_eval_count").asInt()).as("%s", answer).isEqualTo(tokens);
    }
  }

  @Test
  void ollama_conversationThatIsTooLong_isRefusedWithoutTruncate() {
    assertThat(longConversation("\"truncate\":false,").path("error").asString())
        .contains("tokens, and the context of this model 1024");
  }

  @Test
  void responses_conversationThatIsTooLong_isTruncatedOnlyOnRequest() {
    String body =
        """
        {"model":"bare","input":[{"role":"user","content":"%s"},
        {"role":"assistant","content":"Hello."},{"role":"user","content":"count"}]%s}
        """;
    String old = "x".repeat(1500);

    HttpResponse<String> refused = server.post("/v1/responses", body.formatted(old, ""));
    HttpResponse<String> truncated =
        server.post("/v1/responses", body.formatted(old, ",\"truncation\":\"auto\""));

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(Replies.json(truncated).at("/status").asString())
        .as(truncated.body())
        .isEqualTo("completed");
  }

  private static int runs() {
    JsonNode answer =
        Replies.json(chat("\"messages\":[{\"role\":\"user\",\"content\":\"how many\"}]"));
    String[] words = answer.at("/choices/0/message/content").asString().split(" ", -1);
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(Integer.parseInt(words[1]));
    return Integer.parseInt(words[0]);
  }

  @Test
  void lists_haveTheFactsOfTheFile() {
    JsonNode listed = Replies.json(server.get("/v1/models/bare"));
    JsonNode shown = Replies.json(server.post("/api/show", "{\"model\":\"bare\"}"));

    assertThat(listed.get("context_length").asInt()).isEqualTo(1024);
    assertThat(listed.get("family").asString()).isEqualTo("qwen3");
    assertThat(listed.get("simulator").asBoolean()).isTrue();
    assertThat(listed.get("capabilities").valueStream().map(JsonNode::asString))
        .contains("tools", "thinking");
    assertThat(listed.get("capabilities")).isEqualTo(shown.get("capabilities"));
    assertThat(shown.at("/details/family").asString()).isEqualTo("qwen3");
    assertThat(shown.at("/model_info/qwen3.context_length").asInt()).isEqualTo(1024);
    assertThat(shown.get("capabilities").valueStream().map(JsonNode::asString))
        .contains("completion", "tools", "thinking");
  }
}
