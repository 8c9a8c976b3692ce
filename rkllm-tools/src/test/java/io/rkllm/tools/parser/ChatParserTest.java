package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.ChatEvent.ArgumentsDelta;
import io.rkllm.tools.event.ChatEvent.Finished;
import io.rkllm.tools.event.ChatEvent.MalformedToolCall;
import io.rkllm.tools.event.ChatEvent.TextDelta;
import io.rkllm.tools.event.ChatEvent.ThinkingDelta;
import io.rkllm.tools.event.ChatEvent.ToolCallCompleted;
import io.rkllm.tools.event.ChatEvent.ToolCallStarted;
import io.rkllm.tools.internal.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatParserTest {

  static List<Answers.Answer> answers() {
    return Answers.all();
  }

  static List<Answers.Answer> answersWithoutThinking() {
    return answers().stream()
        .filter(
            answer ->
                answer.dialect().thinkingTags().stream()
                    .flatMap(tags -> Stream.of(tags.opener(), tags.closer()))
                    .noneMatch(answer.text()::contains))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("answers")
  void parse_answerOfAModel_givesWhatIsInIt(Answers.Answer answer) {
    ParserOptions options = Answers.OPTIONS.toBuilder().dialect(answer.dialect()).build();

    List<ChatEvent> events = ChatParser.parse(options, answer.text());

    Events.assertSound(answer.text(), events);
    assertThat(shown(events)).isEqualTo(answer.expected());
    List<ChatEvent> single =
        Events.parse(
            options, answer.text(), IntStream.range(0, answer.text().length()).boxed().toList());
    Events.assertSound(answer.text(), single);
    assertThat(Events.joined(single)).isEqualTo(Events.joined(events));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void parse_callsOfUnknownDialect_areFound(Answers.Answer answer) {
    List<String> calls =
        answer.expected().stream().filter(line -> line.startsWith("call")).toList();

    List<ChatEvent> events = ChatParser.parse(Answers.OPTIONS, answer.text());

    Events.assertSound(answer.text(), events);
    assertThat(shown(events).stream().filter(line -> line.startsWith("call"))).isEqualTo(calls);
  }

  private static List<String> shown(List<ChatEvent> events) {
    return Events.joined(events).stream().flatMap(ChatParserTest::shown).toList();
  }

  private static Stream<String> shown(ChatEvent event) {
    return switch (event) {
      case TextDelta(String text, String _) -> Stream.of("text: " + oneLine(text));
      case ThinkingDelta(String text, String _) -> Stream.of("thinking: " + oneLine(text));
      case ToolCallCompleted completed ->
          Stream.of(
              "call: "
                  + String.join(
                      " ",
                      Stream.concat(
                              Stream.of(
                                  completed.call().name(),
                                  oneLine(
                                      completed
                                          .call()
                                          .arguments()
                                          .replace("\\n", "\\\\n")
                                          .replace("\\t", "\\\\t"))),
                              completed.repairs().stream().map(Enum::name).sorted())
                          .toList()));
      case MalformedToolCall malformed -> Stream.of("malformed: " + malformed.reason());
      case ToolCallStarted _, ArgumentsDelta _, Finished _ -> Stream.empty();
    };
  }

  private static String oneLine(String text) {
    return text.replace("\n", "\\n");
  }

  @Test
  void push_callThatForms_reportsEachPartAtOnce() {
    List<ChatEvent> events = new ArrayList<>();
    ChatParser parser =
        new ChatParser(ParserOptions.builder().callIdPrefix("turn2_").build(), events::add);

    parser.push("Wait.<tool_");
    assertThat(events).containsExactly(new TextDelta("Wait.", "Wait."));
    parser.push("call>\n{\"name\": \"search\"");
    assertThat(events.getLast())
        .isEqualTo(new ToolCallStarted(0, "turn2_0", "search", "<tool_call>\n{\"name\": \"search"));
    parser.push(", \"arguments\": {\"query\": \"blue s");
    assertThat(events.getLast())
        .isEqualTo(
            new ArgumentsDelta(
                0, "{\"query\": \"blue s", "\", \"arguments\": {\"query\": \"blue s"));
    parser.push("ky\"}}\n</tool_call>");
    assertThat(events.getLast()).isInstanceOf(ToolCallCompleted.class);
    assertThat(((ToolCallCompleted) events.getLast()).argumentsAs(Query.class))
        .isEqualTo(new Query("blue sky"));
    parser.finish();
    assertThat(events.getLast()).isEqualTo(new Finished(""));
  }

  record Query(String query) {}

  @Test
  void push_whatOnlyLookedLikeATag_comesOutWithTheCharacterThatDecides() {
    List<ChatEvent> events = new ArrayList<>();
    ChatParser parser = new ChatParser(ParserOptions.defaults(), events::add);

    parser.push("<tool_cal");
    assertThat(events).isEmpty();
    parser.push("m");
    assertThat(Events.text(events)).isEqualTo("<tool_calm");
  }

  @Test
  void parse_answerThatStartsInThinking_isSplitAtItsEnd() {
    ParserOptions options = ParserOptions.builder().startsInThinking(true).build();

    List<ChatEvent> events = ChatParser.parse(options, "\nHm, <tool_call>?</think>\n\nYes.");

    assertThat(Events.thinking(events)).isEqualTo("Hm, <tool_call>?");
    assertThat(Events.text(events)).isEqualTo("Yes.");
  }

  /** A call inside thinking is text, in any dialect. */
  @ParameterizedTest
  @MethodSource("answersWithoutThinking")
  void parse_callsInsideThinkingThatTheAnswerOpens_areThinking(Answers.Answer answer) {
    ParserOptions options = Answers.OPTIONS.toBuilder().dialect(answer.dialect()).build();
    String text = "First. <think>" + answer.text() + "</think>\n\nYes.";

    List<ChatEvent> events = ChatParser.parse(options, text);

    Events.assertSound(text, events);
    assertThat(Events.of(events, ToolCallStarted.class)).isEmpty();
    assertThat(Events.of(events, MalformedToolCall.class)).isEmpty();
    assertThat(Events.thinking(events)).isEqualTo(answer.text().stripLeading());
    assertThat(Events.text(events)).isEqualTo("First. Yes.");
  }

  @ParameterizedTest
  @MethodSource("answersWithoutThinking")
  void parse_answerBehindThinking_isReadAsWithoutIt(Answers.Answer answer) {
    ParserOptions options = Answers.OPTIONS.toBuilder().dialect(answer.dialect()).build();
    String thought = "<think>\n Hm, <tool_call>?</think>";

    List<ChatEvent> events = ChatParser.parse(options, thought + answer.text().stripLeading());

    assertThat(Events.thinking(events)).isEqualTo("Hm, <tool_call>?");
    List<String> behind = shown(events);
    assertThat(behind.subList(1, behind.size()))
        .isEqualTo(shown(ChatParser.parse(options, answer.text().stripLeading())));
  }

  /** An answer that breaks off at any character calls no tool that the whole answer does not. */
  @ParameterizedTest
  @MethodSource("answersWithoutThinking")
  void parse_answerCutOffAnywhere_callsNothingElse(Answers.Answer answer) {
    ParserOptions options = Answers.OPTIONS.toBuilder().dialect(answer.dialect()).build();
    List<?> calls = trees(options, answer.text());

    for (int end = 0; end < answer.text().length(); end++) {
      String text = answer.text().substring(0, end);
      List<?> cutOff = trees(options, text);
      assertThat(cutOff)
          .as(text)
          .isEqualTo(calls.subList(0, Math.min(calls.size(), cutOff.size())));
    }
  }

  private static List<?> trees(ParserOptions options, String answer) {
    return Events.calls(ChatParser.parse(options, answer)).stream()
        .map(call -> List.of(call.name(), Json.tree(call.arguments())))
        .toList();
  }

  @Test
  void finish_rejectedCallWithAnotherInside_endsTheOther() {
    String call = "<tool_call><function=search><parameter=query>x</parameter>";
    String answer = "<|python_tag|>search('x\n" + call;

    List<ChatEvent> events = ChatParser.parse(Answers.OPTIONS, answer);

    Events.assertSound(answer, events);
    assertThat(Events.of(events, MalformedToolCall.class))
        .singleElement()
        .satisfies(malformed -> assertThat(malformed.text()).isEqualTo(call));
  }

  @Test
  void parse_longerThanTheLimit_isMalformedAndTheRestIsText() {
    ParserOptions options = ParserOptions.builder().maxCallLength(100).build();
    String answer =
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \""
            + "x".repeat(1000)
            + "\"}}</tool_call>";

    List<ChatEvent> events = ChatParser.parse(options, answer);

    Events.assertSound(answer, events);
    MalformedToolCall malformed = Events.of(events, MalformedToolCall.class).getFirst();
    assertThat(malformed.reason()).isEqualTo("it is longer than 100 characters");
    assertThat(malformed.text()).hasSizeLessThan(120);
    assertThat(Events.text(events)).startsWith("xxx").endsWith("}}</tool_call>");
  }

  @Test
  void parse_deeperThanTheLimit_isMalformed() {
    ParserOptions options = ParserOptions.builder().maxDepth(3).build();

    assertThat(
            reasons(
                options, "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": {}}}</tool_call>"))
        .isEmpty();
    assertThat(
            reasons(
                options, "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": [[]]}}</tool_call>"))
        .containsExactly("it is nested deeper than 3 levels");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\\x1'", "\\xg0", "\\u00b'", "\\u000g", "\\u٠٠٤١", "\\U0000000'", "\\Uffffffff"})
  void parse_incompleteEscapeInAPythonString_isMalformed(String escape) {
    ParserOptions options =
        ParserOptions.builder().dialect(Dialects.LLAMA).tools(Set.of("f")).build();

    assertThat(reasons(options, "<|python_tag|>f(b=1, a='" + escape + "x')"))
        .singleElement()
        .asString()
        .startsWith("an escape ");
  }

  @Test
  void forAnswer_sameConversation_hasTheSameIds_andAnotherOneHasOthers() {
    Conversation one = conversation("How warm is it?");
    String prefix = ParserOptions.forAnswer(one, "").callIdPrefix();

    assertThat(ParserOptions.forAnswer(conversation("How warm is it?"), "").callIdPrefix())
        .isEqualTo(prefix);
    assertThat(ParserOptions.forAnswer(conversation("How cold is it?"), "").callIdPrefix())
        .isNotEqualTo(prefix);
    assertThat(ParserOptions.builder().uniqueCallIds().build().callIdPrefix())
        .isNotEqualTo(ParserOptions.builder().uniqueCallIds().build().callIdPrefix());
  }

  private static Conversation conversation(String question) {
    return new Conversation(List.of(new ChatMessage.User(question)), List.of(), false);
  }

  @Test
  void forAnswer_promptThatEndsInThinking_ofAnyFamily_startsThere() {
    Conversation conversation = conversation("Well?");

    for (String end : List.of("<think>\n", "[THINK]", "<|channel>thought\n", "<|thought_start|>")) {
      assertThat(ParserOptions.forAnswer(conversation, "…" + end).startsInThinking())
          .as(end)
          .isTrue();
    }
    assertThat(ParserOptions.forAnswer(conversation, "<think></think>").startsInThinking())
        .isFalse();
  }

  private static List<String> reasons(ParserOptions options, String answer) {
    return Events.of(ChatParser.parse(options, answer), MalformedToolCall.class).stream()
        .map(MalformedToolCall::reason)
        .toList();
  }

  @Test
  void push_afterFinish_isRefused() {
    ChatParser parser = new ChatParser(ParserOptions.defaults(), event -> {});
    parser.finish();

    assertThatThrownBy(() -> parser.push("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("each answer needs a parser of its own");
  }

  @ParameterizedTest
  @CsvSource({
    "Qwen3-0.6B-rk3588-w8a8.rkllm, hermes",
    "DeepSeek-R1-Distill-Qwen-1.5B_W8A8_RK3588.rkllm, deepseek",
    "Llama-3.2-1B-Instruct.rkllm, llama",
    "Hermes-3-Llama-3.2-3B, hermes",
    "gemma-3-1b-it, fenced",
    "Phi-4-mini-instruct, phi",
    "Mistral-7B-Instruct-v0.3, mistral",
    "Qwen3.5-4B.rkllm, qwen-coder",
    "Qwen3-Coder-30B-A3B, qwen-coder",
    "gemma-4-E2B-it, gemma",
    "functiongemma-270m-it, gemma",
    "internlm2_5-1_8b-chat, internlm",
    "MiniCPM4-0.5B, minicpm",
    "chatglm3-6b, glm",
    "GLM-4.5-Air, glm",
    "SmolLM3-3B, smollm",
    "Kimi-K2-Instruct, kimi",
    "RWKV7-G1-1.5B, rwkv",
    "granite-3.3-2b-instruct, granite",
    "granite-4.0-h-tiny, hermes",
    "Hunyuan-1.8B-Instruct, hunyuan",
    "LFM2-1.2B-Tool, minicpm",
    "NVIDIA-Nemotron-Nano-9B-v2, nemotron",
    "Nemotron-3-Nano-30B-A3B, qwen-coder",
    "Olmo-3-7B-Instruct, olmo",
    "c4ai-command-r7b-12-2024, cohere",
    "MiniMax-M2, minimax",
    "gpt-oss-20b, harmony",
    "TinyLlama-1.1B-Chat, detected"
  })
  void forModel_fileName_findsTheDialect(String model, String dialect) {
    assertThat(Dialects.forModel(model)).hasToString(dialect);
  }
}
