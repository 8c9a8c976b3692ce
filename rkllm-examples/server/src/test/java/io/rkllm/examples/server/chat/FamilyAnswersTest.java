package io.rkllm.examples.server.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.tools.format.ModelFamily;
import io.rkllm.tools.parser.ThinkingTags;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Answers of models of every family with a chat format for tools: thinking, text and calls with
 * random values, through OpenAI's and Ollama's API, streamed and whole.
 */
@Timeout(600)
class FamilyAnswersTest {
  private static final int CASES = 8;
  private static final long SEED = RandomGenerator.getDefault().nextLong();

  private static final String TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"find\",\"parameters\":"
          + "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"},"
          + "\"count\":{\"type\":\"integer\"},\"exact\":{\"type\":\"boolean\"},"
          + "\"tags\":{\"type\":\"array\"},\"filter\":{\"type\":\"object\"}}}}},"
          + "{\"type\":\"function\",\"function\":{\"name\":\"send-mail_2\",\"parameters\":"
          + "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}}}}}]";

  private static final List<String> WORDS =
      List.of(
          "Oslo",
          "日本",
          "é",
          "😀",
          "a b",
          "it's",
          "1 < 2",
          "x, y",
          "say \"hi\"",
          "C:\\docs",
          "{b}",
          "[1]",
          "line\nbreak",
          "50 %",
          "null",
          "(c)",
          "#",
          "`code`");

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server = SimulatedServer.start(folder);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** An answer as a model writes it, and the parts that clients must receive. */
  private record Said(String thinking, String text, List<ToolCall> calls, String written) {}

  static Stream<ModelFamily> families() {
    return ModelFamily.all().stream().filter(ModelFamily::knowsTools);
  }

  @ParameterizedTest
  @MethodSource("families")
  void answer_ofThisFamily_isTheSameInEveryDialect(ModelFamily family) {
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom").create(SEED + family.name().hashCode());
    List<Said> cases = IntStream.range(0, CASES).mapToObj(i -> said(family, i, random)).toList();
    StringBuilder script = new StringBuilder();
    for (int i = 0; i < CASES; i++) {
      script.append("when: *case%dq*\nsay: %s\n".formatted(i, escaped(cases.get(i).written())));
    }
    server.with(family.name(), "TEMPLATE=" + family.name() + "\n", script.toString());

    for (int i = 0; i < CASES; i++) {
      String question =
          "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"case%dq\"}]%s"
              .formatted(family.name(), i, TOOLS);
      String description = "seed " + SEED + ", " + family + ": " + cases.get(i).written();
      check(description, cases.get(i), openAi(question));
      check(description, cases.get(i), openAiStream(question));
      check(description, cases.get(i), ollama(question, false));
      check(description, cases.get(i), ollama(question, true));
    }
  }

  // ---- What the model says

  private static Said said(ModelFamily family, int index, RandomGenerator random) {
    boolean thinks = family.thinking() != ModelFamily.Thinking.NONE && index % 2 == 0;
    String thinking = thinks ? "I think of " + word(random) + "." : "";
    String text = index % 3 == 0 ? "I will look for " + word(random) + "." : "";
    List<ToolCall> calls = new ArrayList<>();
    for (int i = 0; i < index % 4; i++) {
      String name = random.nextBoolean() ? "find" : "send-mail_2";
      calls.add(
          new ToolCall("call" + i, name, Json.MAPPER.writeValueAsString(arguments(name, random))));
    }
    if (calls.isEmpty() && text.isEmpty()) {
      text = "Done.";
    }
    ThinkingTags tags = family.dialect().thinkingTags().getLast();
    String written =
        (thinks ? tags.opener() + "\n" + thinking + "\n" + tags.closer() + "\n\n" : "")
            + text
            + (text.isEmpty() || calls.isEmpty() ? "" : "\n")
            + (calls.isEmpty() ? "" : family.dialect().render(calls));
    return new Said(thinking, text, calls, written);
  }

  private static Map<String, Object> arguments(String tool, RandomGenerator random) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("text", words(random));
    if (tool.equals("find")) {
      arguments.put("count", random.nextInt(-5, 1_000_000));
      arguments.put("exact", random.nextBoolean());
      arguments.put("tags", List.of(word(random), random.nextInt(100), List.of(word(random))));
      arguments.put("filter", Map.of("a_b", Map.of("c", words(random)), "d", List.of()));
    }
    return arguments;
  }

  private static String words(RandomGenerator random) {
    StringBuilder words = new StringBuilder(word(random));
    for (int i = random.nextInt(4); i > 0; i--) {
      words.append(' ').append(word(random));
    }
    return words.toString();
  }

  private static String word(RandomGenerator random) {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  /** Escapes a text for a line of a script. */
  private static String escaped(String text) {
    return text.replaceAll("[\\\\\"{}|*()#]", "\\\\$0").replace("\n", "\\n");
  }

  // ---- What clients get

  private record Got(String thinking, String text, List<JsonNode> functions, String finish) {}

  private static void check(String description, Said said, Got got) {
    assertThat(got.thinking().strip()).as(description).isEqualTo(said.thinking());
    assertThat(got.text().strip()).as(description).isEqualTo(said.text());
    assertThat(got.functions())
        .as(description)
        .extracting(function -> function.at("/name").asString())
        .containsExactlyElementsOf(said.calls().stream().map(ToolCall::name).toList());
    assertThat(got.functions())
        .as(description)
        .extracting(function -> tree(function.at("/arguments")))
        .containsExactlyElementsOf(
            said.calls().stream().map(call -> Json.MAPPER.readTree(call.arguments())).toList());
    assertThat(got.finish())
        .as(description)
        .isIn(said.calls().isEmpty() ? List.of("stop") : List.of("tool_calls", "ollama"));
  }

  /** OpenAI's arguments are a string, Ollama's an object. */
  private static JsonNode tree(JsonNode arguments) {
    return arguments.isString() ? Json.MAPPER.readTree(arguments.asString()) : arguments;
  }

  private static HttpResponse<String> post(String path, String json) {
    HttpResponse<String> response = server.post(path, json);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  private static Got openAi(String question) {
    JsonNode choice =
        Replies.json(post("/v1/chat/completions", question + ",\"enable_thinking\":true}"))
            .at("/choices/0");
    return new Got(
        choice.at("/message/reasoning_content").asString(""),
        choice.at("/message/content").asString(""),
        choice.at("/message/tool_calls").valueStream().map(call -> call.at("/function")).toList(),
        choice.at("/finish_reason").asString());
  }

  private static Got openAiStream(String question) {
    List<JsonNode> chunks =
        Replies.events(
            post("/v1/chat/completions", question + ",\"enable_thinking\":true,\"stream\":true}"));
    return new Got(
        Replies.joined(chunks, "/choices/0/delta/reasoning_content"),
        Replies.joined(chunks, "/choices/0/delta/content"),
        functions(chunks, "/choices/0/delta/tool_calls"),
        Replies.joined(chunks, "/choices/0/finish_reason"));
  }

  private static Got ollama(String question, boolean stream) {
    List<JsonNode> pieces =
        Replies.lines(post("/api/chat", question + ",\"think\":true,\"stream\":" + stream + "}"));
    List<JsonNode> functions = functions(pieces, "/message/tool_calls");
    assertThat(Replies.joined(pieces, "/done_reason")).isEqualTo("stop");
    return new Got(
        Replies.joined(pieces, "/message/thinking"),
        Replies.joined(pieces, "/message/content"),
        functions,
        functions.isEmpty() ? "stop" : "ollama");
  }

  private static List<JsonNode> functions(List<JsonNode> pieces, String place) {
    return pieces.stream()
        .flatMap(piece -> piece.at(place).valueStream())
        .map(call -> call.at("/function"))
        .toList();
  }
}
