package io.rkllm.examples.server.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {
  private static List<ChatMessage> read(String... messages) {
    return Messages.read(
        RequestObject.parse(
            ("{\"messages\":[" + String.join(",", messages) + "]}").getBytes(UTF_8)));
  }

  private static String call(String name) {
    return "{\"role\":\"assistant\",\"content\":\"\",\"function_call\":{\"name\":\""
        + name
        + "\",\"arguments\":{\"a\":1}}}";
  }

  private static String result(String name, String content) {
    return "{\"role\":\"tool\",\"name\":\"" + name + "\",\"content\":\"" + content + "\"}";
  }

  @Test
  void read_callsInMessagesOfTheirOwn_areOneAnswer() {
    List<ChatMessage> messages = read(call("f"), call("g"), result("g", "2"), result("f", "1"));

    ChatMessage.Assistant answer = (ChatMessage.Assistant) messages.getFirst();
    assertThat(messages).hasSize(3);
    assertThat(answer.toolCalls()).extracting(ToolCall::name).containsExactly("f", "g");
    assertThat(answer.toolCalls()).extracting(ToolCall::id).doesNotHaveDuplicates();
    ChatMessage.ToolResult ofG = (ChatMessage.ToolResult) messages.get(1);
    ChatMessage.ToolResult ofF = (ChatMessage.ToolResult) messages.get(2);
    assertThat(ofG.callId()).isEqualTo(answer.toolCalls().get(1).id());
    assertThat(ofF.callId()).isEqualTo(answer.toolCalls().get(0).id());
  }

  @Test
  void read_resultsWithoutNames_areOfTheCallsInTheirOrder() {
    List<ChatMessage> messages =
        read(
            call("f"),
            call("g"),
            "{\"role\":\"tool\",\"content\":\"1\"}",
            "{\"role\":\"tool\",\"content\":\"2\"}");

    assertThat(((ChatMessage.ToolResult) messages.get(1)).name()).isEqualTo("f");
    assertThat(((ChatMessage.ToolResult) messages.get(2)).name()).isEqualTo("g");
  }

  @Test
  void read_sameToolTwice_resultsInOrder() {
    List<ChatMessage> messages = read(call("f"), call("f"), result("f", "1"), result("f", "2"));

    List<String> calls =
        ((ChatMessage.Assistant) messages.getFirst())
            .toolCalls().stream().map(ToolCall::id).toList();
    assertThat(calls).doesNotHaveDuplicates();
    assertThat(((ChatMessage.ToolResult) messages.get(1)).callId()).isEqualTo(calls.get(0));
    assertThat(((ChatMessage.ToolResult) messages.get(2)).callId()).isEqualTo(calls.get(1));
  }

  @Test
  void read_idsOfTheClient_areKept() {
    List<ChatMessage> messages =
        read(
            "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"x7\",\"function\":{\"name\":\"f\","
                + "\"arguments\":\"{\\\"a\\\":1}\"}}]}",
            "{\"role\":\"tool\",\"tool_call_id\":\"x7\",\"content\":\"1\"}");

    ToolCall call = ((ChatMessage.Assistant) messages.getFirst()).toolCalls().getFirst();
    assertThat(call).isEqualTo(new ToolCall("x7", "f", "{\"a\":1}"));
    assertThat(messages.get(1)).isEqualTo(new ChatMessage.ToolResult("x7", "f", "1"));
  }

  @Test
  void read_answerAsTheModelWroteIt_isTakenApart() {
    List<ChatMessage> messages =
        read(
            "{\"role\":\"assistant\",\"content\":\"<think>\\nHm.\\n</think>\\n\\nOne moment.\\n"
                + "<tool_call>\\n{\\\"name\\\": \\\"f\\\", \\\"arguments\\\": {\\\"a\\\": 1}}\\n"
                + "</tool_call>\"}",
            result("f", "1"));

    ChatMessage.Assistant answer = (ChatMessage.Assistant) messages.getFirst();
    assertThat(answer.text()).isEqualTo("One moment.");
    assertThat(answer.thinking()).contains("Hm.");
    assertThat(answer.toolCalls()).extracting(ToolCall::name).containsExactly("f");
    assertThat(((ChatMessage.ToolResult) messages.get(1)).callId())
        .isEqualTo(answer.toolCalls().getFirst().id());
  }

  @Test
  void read_resultWithoutACall_isKept() {
    ChatMessage.ToolResult result = (ChatMessage.ToolResult) read(result("f", "1")).getFirst();

    assertThat(result.name()).isEqualTo("f");
    assertThat(result.callId()).isNotEmpty();
  }

  @Test
  void require_none_refused() {
    RequestObject empty = RequestObject.parse("{}".getBytes(UTF_8));

    assertThatThrownBy(() -> Messages.require(empty))
        .isInstanceOf(RequestException.class)
        .hasMessage("messages must hold at least one message");
  }

  @Test
  void read_tooMany_refused() {
    String[] many = new String[2_001];
    Arrays.fill(many, "{\"role\":\"user\",\"content\":\"x\"}");

    assertThatThrownBy(() -> read(many)).hasMessage("messages must be at most 2000, were 2001");
  }

  @Test
  void read_contentIsNullOrAbsent_isEmpty() {
    assertThat(
            read(
                "{\"role\":\"user\",\"content\":null}",
                "{\"role\":\"system\"}",
                "{\"role\":\"tool\"}"))
        .extracting(ChatMessage::text)
        .containsExactly("", "", "");
  }

  @Test
  void read_contentInParts_isOneText() {
    assertThat(
            read(
                "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
                    + "{\"type\":\"input_text\",\"text\":\"b\"}]}",
                "{\"role\":\"assistant\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"no\"}]}"))
        .extracting(ChatMessage::text)
        .containsExactly("ab", "no");
  }

  @Test
  void read_roles_unknownOnesAreTheUsersAndReported() {
    RequestObject body =
        RequestObject.parse(
            """
            {"messages":[{"role":"developer","content":"1"},{"role":"model","content":"2"},
             {"role":"function","content":"3"},{"role":"king","content":"4"}]}
            """
                .getBytes(UTF_8));

    assertThat(Messages.read(body))
        .extracting(message -> message.role().label())
        .containsExactly("system", "assistant", "tool", "user");
    assertThat(body.unread()).containsExactly("messages[3].role");
  }

  @ParameterizedTest
  @ValueSource(strings = {"thinking", "reasoning_content", "reasoning"})
  void read_thinkingInAMemberOfItsOwn_isThinking(String member) {
    ChatMessage.Assistant answer =
        (ChatMessage.Assistant)
            read("{\"role\":\"assistant\",\"content\":\"A.\",\"" + member + "\":\"Hm.\"}")
                .getFirst();

    assertThat(answer.text()).isEqualTo("A.");
    assertThat(answer.thinking()).isEqualTo("Hm.");
  }

  /** The answers lack the tag that opens thinking, because the prompt has it. */
  @Test
  void read_answerThatBeganInThinking_isTakenApart() {
    ChatMessage.Assistant answer =
        (ChatMessage.Assistant)
            read("{\"role\":\"assistant\",\"content\":\"Hm.\\n</think>\\n\\nA.\"}").getFirst();

    assertThat(answer.text()).isEqualTo("A.");
    assertThat(answer.thinking().strip()).isEqualTo("Hm.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[THINK]Hm.[/THINK]A.[TOOL_CALLS][{'name': 'f', 'arguments': {'a': 1}}]",
        "<~channel>thought Hm.<channel~>A.<~tool_call>call:f{a:1}<tool_call~>",
        "Hm.\\n<channel~>A.<~tool_call>call:f{a:1}<tool_call~>",
        "<~thought_start~>Hm.<~thought_end~>A.<function name='f'><param name='a'>1</param></function>",
        "<think>Hm.</think>A.<tool_call>f<arg_key>a</arg_key><arg_value>1</arg_value></tool_call>",
        "A.<~python_tag~>{'name': 'f', 'parameters': {'a': 1}}",
      })
  void read_answerAsAModelOfAnyFamilyWroteIt_isTakenApart(String written) {
    String content = written.replace('~', '|').replace("'", "\\\"");
    ChatMessage.Assistant answer =
        (ChatMessage.Assistant)
            read("{\"role\":\"assistant\",\"content\":\"" + content + "\"}").getFirst();

    assertThat(answer.text()).isEqualTo("A.");
    assertThat(answer.thinking().strip()).isEqualTo(written.contains("Hm.") ? "Hm." : "");
    assertThat(answer.toolCalls()).extracting(ToolCall::name).containsExactly("f");
    assertThat(answer.toolCalls().getFirst().arguments().replace(" ", "")).isEqualTo("{\"a\":1}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"The tag <think> opens it.", "A </think> closes it.", "<b>a</b>"})
  void read_tagsThatAreTalkedAbout_areText(String text) {
    ChatMessage.Assistant answer =
        (ChatMessage.Assistant)
            read("{\"role\":\"assistant\",\"content\":\"" + text + "\"}").getFirst();

    assertThat(answer).isEqualTo(new ChatMessage.Assistant(text, "", List.of()));
  }
}
