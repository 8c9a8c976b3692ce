package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.PIPED;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.parser.Dialects;
import java.util.List;

/**
 * GLM 4 before 4.5: a model turn may name a tool after its tag, followed by the arguments as JSON.
 */
final class Glm4 extends FamilyFormat {
  static final String MASKS = "\\[[gs]?MASK\\]|<sop>|<eop>";

  private static final String TOOLS =
      "你是一个名为 ChatGLM 的人工智能助手。你是基于智谱AI训练的语言模型 GLM-4 模型开发的，"
          + "你的任务是针对用户的问题和要求提供适当的答复和支持。\n\n# 可用工具";
  private static final String AFTER_TOOL = "\n在调用上述函数时，请使用 Json 格式表示调用的参数。";

  Glm4() {
    super(Dialects.GLM, ControlTokens.of(PIPED, MASKS));
  }

  @Override
  public boolean writesBeginToken() {
    return true;
  }

  @Override
  List<String> declarations(Conversation conversation) {
    List<String> functions = tokens().functions(conversation, 4);
    return conversation.tools().stream()
        .map(
            tool ->
                "\n\n## %s\n\n%s%s"
                    .formatted(
                        tool.name(), functions.get(conversation.tools().indexOf(tool)), AFTER_TOOL))
        .toList();
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    prompt.append("[gMASK]<sop>");
    if (!tools.isEmpty()) {
      turn("system", TOOLS + String.join("", tools), prompt);
    }
    for (ChatMessage message : conversation.messages()) {
      switch (message) {
        case ChatMessage.Assistant answer -> writeAnswer(answer, prompt);
        case ChatMessage.ToolResult result -> turn("observation", result.text(), prompt);
        case ChatMessage other -> turn(other.role().label(), other.text(), prompt);
      }
    }
    prompt.append("<|assistant|>");
  }

  private void writeAnswer(ChatMessage.Assistant answer, StringBuilder prompt) {
    if (!answer.text().isEmpty() || answer.toolCalls().isEmpty()) {
      turn("assistant", answer.text(), prompt);
    }
    for (ToolCall call : answer.toolCalls()) {
      prompt.append("<|assistant|>").append(calls(List.of(call)));
    }
  }

  @Override
  String calls(List<ToolCall> calls) {
    ToolCall call = calls.getFirst(); // each has a turn of its own
    return call.name() + "\n" + call.arguments();
  }

  private static void turn(String role, String text, StringBuilder prompt) {
    prompt.append("<|").append(role).append("|>\n").append(text);
  }
}
