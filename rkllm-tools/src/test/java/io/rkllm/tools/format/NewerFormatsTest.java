package io.rkllm.tools.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage.Assistant;
import io.rkllm.chat.ChatMessage.SystemPrompt;
import io.rkllm.chat.ChatMessage.ToolResult;
import io.rkllm.chat.ChatMessage.User;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The prompts of Qwen 3.5, Gemma 4, SmolLM3, InternLM 2 and GLM, as their templates have them. */
class NewerFormatsTest {
  private static final ToolDeclaration CLOCK =
      new ToolDeclaration(
          "clock",
          "The time",
          "{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"string\",\"description\":\"A"
              + " city\"}},\"required\":[\"at\"]}");
  private static final String FUNCTION =
      "{\"name\": \"clock\", \"description\": \"The time\", \"parameters\": {\"type\": \"object\","
          + " \"properties\": {\"at\": {\"type\": \"string\", \"description\": \"A city\"}},"
          + " \"required\": [\"at\"]}}";
  private static final Conversation CONVERSATION =
      new Conversation(
          List.of(
              new SystemPrompt("Be brief."),
              new User("Hi"),
              new Assistant("Hello!", "A greeting.", List.of()),
              new User("What time is it?"),
              new Assistant(
                  "",
                  "I need the clock.",
                  List.of(
                      new ToolCall("a", "clock", "{\"at\": \"Oslo\"}"),
                      new ToolCall("b", "clock", "{\"at\": \"Rome\", \"n\": [1, true]}"))),
              new ToolResult("b", "clock", "{\"time\": 8}"),
              new ToolResult("a", "clock", "seven")),
          List.of(CLOCK),
          true);

  private static String afterTools(ChatFormat format, boolean thinking) {
    String prompt = format.render(CONVERSATION.withThinking(thinking));
    return prompt.substring(prompt.indexOf("Hello!"));
  }

  @Test
  void qwen35_toolsAndThinking_writesFunctionsAndParameters() {
    String calls =
        """
        <tool_call>
        <function=clock>
        <parameter=at>
        Oslo
        </parameter>
        </function>
        </tool_call>
        <tool_call>
        <function=clock>
        <parameter=at>
        Rome
        </parameter>
        <parameter=n>
        [1, true]
        </parameter>
        </function>
        </tool_call><|im_end|>
        <|im_start|>user
        <tool_response>
        seven
        </tool_response>
        <tool_response>
        {"time": 8}
        </tool_response><|im_end|>
        <|im_start|>assistant
        """;
    String question = "Hello!<|im_end|>\n<|im_start|>user\nWhat time is it?<|im_end|>\n";
    String answer = "<|im_start|>assistant\n";

    assertThat(ChatFormats.qwen35().render(CONVERSATION))
        .startsWith(
            "<|im_start|>system\n# Tools\n\nYou have access to the following functions:\n\n"
                + "<tools>\n{\"type\": \"function\", \"function\": "
                + FUNCTION
                + "}\n</tools>\n\n")
        .contains("</IMPORTANT>\n\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n");
    assertThat(afterTools(ChatFormats.qwen35(), true))
        .isEqualTo(
            question + answer + "<think>\nI need the clock.\n</think>\n\n" + calls + "<think>\n");
    assertThat(afterTools(ChatFormats.qwen35(), false)).endsWith("<think>\n\n</think>\n\n");
    assertThat(afterTools(ChatFormats.qwen3Coder(), true)).isEqualTo(question + answer + calls);
  }

  @Test
  void gemma4_toolsAndThinking_writesValuesInItsNotation() {
    String system =
        "Be brief.<|tool>declaration:clock{description:<|\"|>The time<|\"|>,parameters:{properties:"
            + "{at:{description:<|\"|>A city<|\"|>,type:<|\"|>STRING<|\"|>}},required:[<|\"|>at"
            + "<|\"|>],type:<|\"|>OBJECT<|\"|>}}<tool|><turn|>\n<|turn>user\nHi<turn|>\n";
    String calls =
        "<|tool_call>call:clock{at:<|\"|>Oslo<|\"|>}<tool_call|>"
            + "<|tool_call>call:clock{at:<|\"|>Rome<|\"|>,n:[1,true]}<tool_call|>"
            + "<|tool_response>response:clock{value:<|\"|>seven<|\"|>}<tool_response|>"
            + "<|tool_response>response:clock{time:8}<tool_response|>";

    assertThat(ChatFormats.gemma4().render(CONVERSATION))
        .startsWith("<|turn>system\n<|think|>\n" + system)
        .endsWith(
            "<|turn>model\nHello!<turn|>\n<|turn>user\nWhat time is it?<turn|>\n<|turn>model\n"
                + "<|channel>thought\nI need the clock.<channel|>"
                + calls);
    assertThat(ChatFormats.gemma4().render(CONVERSATION.withThinking(false)))
        .startsWith("<|turn>system\n" + system)
        .endsWith(calls + "<|channel>thought\n<channel|>");
    assertThat(ChatFormats.gemma4().render(Conversation.of(List.of(new User("Hi")))))
        .isEqualTo("<|turn>user\nHi<turn|>\n<|turn>model\n<|channel>thought\n<channel|>");
  }

  @Test
  void smolLm3_tools_standInTheSystemPrompt() {
    assertThat(ChatFormats.smolLm3().render(CONVERSATION))
        .startsWith(
            "<|im_start|>system\n## Metadata\n\nKnowledge Cutoff Date: June 2025\nReasoning Mode:"
                + " /think\n\n## Custom Instructions\n\nBe brief.\n\n### Tools\n\n")
        .contains("</tool_call>\n\n<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n")
        .endsWith(
            """
            <|im_start|>assistant
            <tool_call>
            {"name": "clock", "arguments": {"at": "Oslo"}}
            </tool_call>
            <tool_call>
            {"name": "clock", "arguments": {"at": "Rome", "n": [1, true]}}
            </tool_call><|im_end|>
            <|im_start|>user
            seven<|im_end|>
            <|im_start|>user
            {"time": 8}<|im_end|>
            <|im_start|>assistant
            """);
    assertThat(
            ChatFormats.smolLm3()
                .render(Conversation.of(List.of(new User("Hi"))).withThinking(false)))
        .contains("Reasoning Mode: /no_think\n")
        .endsWith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n");
  }

  @Test
  void internLm2_tools_areThoseOfAPlugin() {
    assertThat(ChatFormats.internLm2().render(CONVERSATION))
        .isEqualTo(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>system name=<|plugin|>\n["
                + FUNCTION
                + """
                ]<|im_end|>
                <|im_start|>user
                Hi<|im_end|>
                <|im_start|>assistant
                Hello!<|im_end|>
                <|im_start|>user
                What time is it?<|im_end|>
                <|im_start|>assistant
                <|action_start|><|plugin|>
                {"name": "clock", "parameters": {"at": "Oslo"}}<|action_end|>
                <|action_start|><|plugin|>
                {"name": "clock", "parameters": {"at": "Rome", "n": [1, true]}}<|action_end|><|im_end|>
                <|im_start|>environment name=<|plugin|>
                seven<|im_end|>
                <|im_start|>environment name=<|plugin|>
                {"time": 8}<|im_end|>
                <|im_start|>assistant
                """);
  }

  @Test
  void glm_tools_areNamedBehindTheTagOfTheModel() {
    assertThat(ChatFormats.glm4().render(CONVERSATION))
        .startsWith("[gMASK]<sop><|system|>\n")
        .contains("\n\n## clock\n\n{\n    \"name\": \"clock\",\n")
        .endsWith(
            "<|user|>\nWhat time is it?<|assistant|>clock\n{\"at\": \"Oslo\"}<|assistant|>clock\n"
                + "{\"at\": \"Rome\", \"n\": [1, true]}<|observation|>\nseven<|observation|>\n"
                + "{\"time\": 8}<|assistant|>");
    assertThat(ChatFormats.chatGlm3().render(CONVERSATION))
        .startsWith("[gMASK]sop<|system|>\n ")
        .endsWith(
            "<|user|>\n What time is it?<|assistant|>clock\n ```python\ntool_call(at=\"Oslo\")\n"
                + "```<|assistant|>clock\n ```python\ntool_call(at=\"Rome\", n=[1,true])\n```"
                + "<|observation|>\n seven<|observation|>\n {\"time\": 8}<|assistant|>");
  }
}
