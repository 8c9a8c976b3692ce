package io.rkllm.tools.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ChatMessage.Assistant;
import io.rkllm.chat.ChatMessage.SystemPrompt;
import io.rkllm.chat.ChatMessage.ToolResult;
import io.rkllm.chat.ChatMessage.User;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The prompts of each family, as its documentation has them. */
class ChatFormatsTest {
  private static final ToolDeclaration CLOCK =
      new ToolDeclaration("clock", "The time", "{\"type\":\"object\",\"properties\":{}}");
  private static final String CLOCK_JSON =
      "{\"type\": \"function\", \"function\": {\"name\": \"clock\", \"description\": \"The time\","
          + " \"parameters\": {\"type\": \"object\", \"properties\": {}}}}";
  private static final List<ChatMessage> MESSAGES =
      List.of(
          new SystemPrompt("Be brief."),
          new User("Hi"),
          new Assistant("Hello!", "A greeting.", List.of()),
          new User("What time is it in Oslo and Rome?"),
          new Assistant(
              "",
              "I need the clock.",
              List.of(
                  new ToolCall("a", "clock", "{\"at\": \"Oslo\"}"),
                  new ToolCall("b", "clock", "{\"at\": \"Rome\"}"))),
          new ToolResult("b", "clock", "{\"time\": 8}"),
          new ToolResult("a", "clock", "seven"));
  private static final Conversation CONVERSATION = new Conversation(MESSAGES, List.of(CLOCK), true);

  @Test
  void qwen3_thinking_keepsThoughtsSinceTheLastQuestion() {
    assertThat(ChatFormats.qwen3().render(CONVERSATION)).isEqualTo(qwen("", true));
  }

  @Test
  void qwen3_notThinking_endsInAnEmptyThought() {
    assertThat(ChatFormats.qwen3().render(CONVERSATION.withThinking(false)))
        .isEqualTo(qwen("<think>\n\n</think>\n\n", true));
  }

  @Test
  void qwen3OfOtherKinds_render_endAsTheyWereTrained() {
    assertThat(ChatFormats.qwen3Thinking().render(CONVERSATION.withThinking(false)))
        .isEqualTo(qwen("<think>\n", true));
    assertThat(ChatFormats.qwen3Instruct().render(CONVERSATION)).isEqualTo(qwen("", false));
  }

  @Test
  void qwen2_withAndWithoutSystemPrompt_hasOneAndNoThinking() {
    assertThat(ChatFormats.qwen2().render(CONVERSATION)).isEqualTo(qwen("", false));
    assertThat(ChatFormats.qwen2().render(Conversation.of(List.of(new User("Hi")))))
        .isEqualTo(
            "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful"
                + " assistant.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
    assertThat(ChatFormats.qwen3Instruct().render(Conversation.of(List.of(new User("Hi")))))
        .isEqualTo("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
  }

  private static String qwen(String beginning, boolean thoughts) {
    return """
    <|im_start|>system
    Be brief.

    # Tools

    You may call one or more functions to assist with the user query.

    You are provided with function signatures within <tools></tools> XML tags:
    <tools>
    %s
    </tools>

    For each function call, return a json object with function name and arguments within \
    <tool_call></tool_call> XML tags:
    <tool_call>
    {"name": <function-name>, "arguments": <args-json-object>}
    </tool_call><|im_end|>
    <|im_start|>user
    Hi<|im_end|>
    <|im_start|>assistant
    Hello!<|im_end|>
    <|im_start|>user
    What time is it in Oslo and Rome?<|im_end|>
    <|im_start|>assistant
    %s<tool_call>
    {"name": "clock", "arguments": {"at": "Oslo"}}
    </tool_call>
    <tool_call>
    {"name": "clock", "arguments": {"at": "Rome"}}
    </tool_call><|im_end|>
    <|im_start|>user
    <tool_response>
    seven
    </tool_response>
    <tool_response>
    {"time": 8}
    </tool_response><|im_end|>
    <|im_start|>assistant
    %s\
    """
        .formatted(
            CLOCK_JSON, thoughts ? "<think>\nI need the clock.\n</think>\n\n" : "", beginning);
  }

  @Test
  void llama3_withTools_declaresThemBeforeTheFirstQuestion() {
    assertThat(ChatFormats.llama3().render(CONVERSATION))
        .isEqualTo(
            """
            <|start_header_id|>system<|end_header_id|>

            Environment: ipython

            Be brief.<|eot_id|><|start_header_id|>user<|end_header_id|>

            Given the following functions, please respond with a JSON for a function call with its \
            proper arguments that best answers the given prompt.

            Respond in the format {"name": function name, "parameters": dictionary of argument \
            name and its value}. Do not use variables.

            %s

            Hi<|eot_id|><|start_header_id|>assistant<|end_header_id|>

            Hello!<|eot_id|><|start_header_id|>user<|end_header_id|>

            What time is it in Oslo and Rome?<|eot_id|><|start_header_id|>assistant\
            <|end_header_id|>

            {"name": "clock", "parameters": {"at": "Oslo"}}; \
            {"name": "clock", "parameters": {"at": "Rome"}}\
            <|eot_id|><|start_header_id|>ipython<|end_header_id|>

            seven<|eot_id|><|start_header_id|>ipython<|end_header_id|>

            {"time": 8}<|eot_id|><|start_header_id|>assistant<|end_header_id|>

            """
                .formatted(CLOCK_JSON));
  }

  @Test
  void llama3_withoutAQuestion_declaresToolsInTheSystemPrompt() {
    assertThat(
            ChatFormats.llama3()
                .render(
                    new Conversation(
                        List.of(new SystemPrompt("Be brief.")), List.of(CLOCK), false)))
        .contains(CLOCK_JSON + "\n\nBe brief.<|eot_id|>");
  }

  @Test
  void gemma_withSystemPromptAndTools_saysAllByTheUser() {
    String prompt = ChatFormats.gemma().render(CONVERSATION);

    assertThat(prompt)
        .startsWith("<start_of_turn>user\nBe brief.\n\nYou have access to functions.");
    assertThat(prompt)
        .endsWith(
            """
            %s

            Hi<end_of_turn>
            <start_of_turn>model
            Hello!<end_of_turn>
            <start_of_turn>user
            What time is it in Oslo and Rome?<end_of_turn>
            <start_of_turn>model
            ```json
            {"name": "clock", "parameters": {"at": "Oslo"}}
            ```
            ```json
            {"name": "clock", "parameters": {"at": "Rome"}}
            ```<end_of_turn>
            <start_of_turn>user
            ```tool_output
            seven
            ```

            ```tool_output
            {"time": 8}
            ```<end_of_turn>
            <start_of_turn>model
            """
                .formatted(CLOCK_JSON));
  }

  @Test
  void gemma_oneSideTwiceRunning_isOneTurn() {
    assertThat(
            ChatFormats.gemma()
                .render(
                    Conversation.of(
                        List.of(
                            new User("a"), new User(" b "), new Assistant("c"), new User("d")))))
        .isEqualTo(
            "<start_of_turn>user\na\n\nb<end_of_turn>\n<start_of_turn>model\nc<end_of_turn>\n"
                + "<start_of_turn>user\nd<end_of_turn>\n<start_of_turn>model\n");
  }

  @Test
  void gemma_resultWithAFence_getsALongerOne() {
    assertThat(
            ChatFormats.gemma()
                .render(Conversation.of(List.of(new ToolResult("a", "t", "```\nhi\n```")))))
        .contains("````tool_output\n```\nhi\n```\n````<end_of_turn>");
  }

  @Test
  void deepSeek_withTools_dropsThoughtsAndAnswersAfterTheOutputs() {
    String prompt = ChatFormats.deepSeek().render(CONVERSATION);

    assertThat(prompt).startsWith("Be brief.\n\n## Tools\n");
    assertThat(prompt)
        .endsWith(
            CLOCK_JSON
                + "<｜User｜>Hi<｜Assistant｜>Hello!<｜end▁of▁sentence｜>"
                + "<｜User｜>What time is it in Oslo and Rome?<｜Assistant｜><｜tool▁calls▁begin｜>"
                + "<｜tool▁call▁begin｜>function<｜tool▁sep｜>clock\n```json\n{\"at\": \"Oslo\"}\n```"
                + "<｜tool▁call▁end｜>\n"
                + "<｜tool▁call▁begin｜>function<｜tool▁sep｜>clock\n```json\n{\"at\": \"Rome\"}\n```"
                + "<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>"
                + "<｜tool▁outputs▁begin｜><｜tool▁output▁begin｜>seven<｜tool▁output▁end｜>\n"
                + "<｜tool▁output▁begin｜>{\"time\": 8}<｜tool▁output▁end｜><｜tool▁outputs▁end｜>");
  }

  @Test
  void deepSeek_withoutTools_opensOrClosesThinking() {
    Conversation hi = Conversation.of(MESSAGES.subList(0, 2));

    assertThat(ChatFormats.deepSeek().render(hi.withThinking(true)))
        .isEqualTo("Be brief.<｜User｜>Hi<｜Assistant｜><think>\n");
    assertThat(ChatFormats.deepSeek().render(hi))
        .isEqualTo("Be brief.<｜User｜>Hi<｜Assistant｜><think>\n\n</think>\n\n");
  }

  @Test
  void phi3_withAndWithoutTools_rendersOrRefuses() {
    assertThat(ChatFormats.phi3().render(Conversation.of(MESSAGES.subList(0, 4))))
        .isEqualTo(
            "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello!<|end|>\n"
                + "<|user|>\nWhat time is it in Oslo and Rome?<|end|>\n<|assistant|>\n");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChatFormats.phi3().render(CONVERSATION))
        .withMessageContaining("Phi 3 has no tools");
  }

  @Test
  void phi4Mini_withTools_declaresThemInTheSystemPrompt() {
    assertThat(ChatFormats.phi4Mini().render(CONVERSATION))
        .startsWith("<|system|>Be brief. To call them,")
        .endsWith(
            "<|tool|>["
                + CLOCK_JSON
                + "]<|/tool|><|end|><|user|>Hi<|end|><|assistant|>Hello!<|end|>"
                + "<|user|>What time is it in Oslo and Rome?<|end|><|assistant|>"
                + "functools[{\"name\": \"clock\", \"arguments\": {\"at\": \"Oslo\"}},"
                + " {\"name\": \"clock\", \"arguments\": {\"at\": \"Rome\"}}]<|end|>"
                + "<|tool_response|>\"seven\"<|end|>"
                + "<|tool_response|>\"{\\\"time\\\": 8}\"<|end|><|assistant|>");
  }

  @Test
  void mistral_withTools_writesIdsOfNineCharacters() {
    String prompt = ChatFormats.mistral().render(CONVERSATION);
    String first = ShortIds.of("a");
    String second = ShortIds.of("b");

    assertThat(List.of(first, second)).doesNotHaveDuplicates().allMatch(id -> id.length() == 9);
    assertThat(prompt)
        .isEqualTo(
            "[AVAILABLE_TOOLS] ["
                + CLOCK_JSON
                + "][/AVAILABLE_TOOLS][INST] Be brief.\n\nHi[/INST] Hello!</s>"
                + "[INST] What time is it in Oslo and Rome?[/INST][TOOL_CALLS] "
                + "[{\"name\": \"clock\", \"arguments\": {\"at\": \"Oslo\"}, \"id\": \"%s\"}, "
                    .formatted(first)
                + "{\"name\": \"clock\", \"arguments\": {\"at\": \"Rome\"}, \"id\": \"%s\"}]</s>"
                    .formatted(second)
                + "[TOOL_RESULTS] {\"content\": \"seven\", \"call_id\": \"%s\"}[/TOOL_RESULTS]"
                    .formatted(first)
                + "[TOOL_RESULTS] {\"content\": {\"time\": 8}, \"call_id\": \"%s\"}[/TOOL_RESULTS]"
                    .formatted(second));
  }

  @Test
  void answer_read_isTakenApart() {
    Assistant read =
        ChatFormats.qwen3()
            .read(
                CONVERSATION,
                "<think>\nHm.\n</think>\n\nOne moment.\n<tool_call>\n"
                    + "{\"name\": \"clock\", \"arguments\": {\"at\": \"Rome\"}}\n</tool_call>");

    String id = read.toolCalls().getFirst().id();
    assertThat(id).matches("call_[0-9a-f]{16}_0");
    assertThat(read)
        .isEqualTo(
            new Assistant(
                "One moment.", "Hm.", List.of(new ToolCall(id, "clock", "{\"at\": \"Rome\"}"))));
  }

  @Test
  void answer_afterAnOpenedThought_beginsInside() {
    Conversation hi = Conversation.of(List.of(new User("Hi"))).withThinking(true);

    assertThat(ChatFormats.deepSeek().read(hi, "Hm.\n</think>\n\nHello!"))
        .isEqualTo(new Assistant("Hello!", "Hm.", List.of()));
    assertThat(ChatFormats.deepSeek().read(hi.withThinking(false), " Hello! "))
        .isEqualTo(new Assistant(" Hello! "));
  }

  @Test
  void malformedCall_read_staysInTheText() {
    String broken = "<tool_call>\nclock at Rome\n</tool_call>";

    Assistant read = ChatFormats.qwen2().read(CONVERSATION, broken);

    assertThat(read.toolCalls()).isEmpty();
    assertThat(read.text()).isEqualTo(broken);
    assertThat(ChatFormats.qwen2().render(Conversation.of(List.of(read))))
        .contains("< tool_call>\nclock at Rome\n< /tool_call>");
  }

  @ParameterizedTest
  @CsvSource({
    "Qwen2.5-1.5B-Instruct_w8a8_rk3588.rkllm, qwen2",
    "/models/Qwen3-0.6B-rk3588-w8a8.rkllm, qwen3",
    "Qwen3-4B-Instruct-2507.rkllm, qwen3Instruct",
    "qwen3-4b-thinking-2507.rkllm, qwen3Thinking",
    "Qwen3.5-2B.rkllm, qwen35",
    "Qwen3_5-2B_w8a8.rkllm, qwen35",
    "Qwen3_0.6B_w8a8.rkllm, qwen3",
    "Qwen3_4B.rkllm, qwen3",
    "Qwen3-Coder-30B.rkllm, qwen3Coder",
    "Qwen3-Embedding-0.6B.rkllm, ",
    "Qwen3-VL-2B-Instruct_w8a8_rk3588.rkllm, qwen3Instruct",
    "Qwen2.5-VL-3B.rkllm, qwen2",
    "Hermes-3-Llama-3.2-3B.rkllm, qwen3Instruct",
    "DeepSeek-R1-Distill-Qwen-1.5B_W8A8_RK3588.rkllm, deepSeek",
    "deepseek-coder-1.3b.rkllm, ",
    "Llama-3.2-1B-Instruct.rkllm, llama3",
    "TinyLlama-1.1B-Chat.rkllm, ",
    "gemma-3-1b-it.rkllm, gemma",
    "gemma-3n-E2B.rkllm, ",
    "gemma-4-E2B-it.rkllm, gemma4",
    "functiongemma-270m-it.rkllm, ",
    "SmolLM3-3B.rkllm, smolLm3",
    "chatglm3-6b.rkllm, chatGlm3",
    "glm-4-9b-chat.rkllm, glm4",
    "GLM-4.5-Air.rkllm, ",
    "Phi-3.5-mini-instruct.rkllm, phi3",
    "phi-4-mini-instruct.rkllm, phi4Mini",
    "phi-4.rkllm, ",
    "Mistral-7B-Instruct-v0.3.rkllm, mistral",
    "internlm2-chat-1_8b.rkllm, internLm2"
  })
  void format_ofAName_isThatOfItsFamily(String name, String format) throws Exception {
    ChatFormat expected =
        format == null ? null : (ChatFormat) ChatFormats.class.getMethod(format).invoke(null);

    assertThat(ModelFamily.ofModel(name).flatMap(ModelFamily::chatFormat).orElse(null))
        .isSameAs(expected);
  }
}
