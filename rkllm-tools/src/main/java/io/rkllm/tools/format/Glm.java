package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.PIPED;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.parser.Dialects;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * ChatGLM 3, and GLM 4 before 4.5: a call has a turn of its own, in which the name of the tool and
 * the arguments follow the model's tag.
 */
final class Glm extends FamilyFormat {
  private static final String MASKS = "\\[[gs]?MASK\\]|<sop>|<eop>";
  private static final Pattern WORD = Pattern.compile("\\w+");
  private static final String CHAT_GLM_3_TOOLS =
      "Answer the following questions as best as you can. You have access to the following"
          + " tools:\n";
  private static final String GLM_4_TOOLS =
      "你是一个名为 ChatGLM 的人工智能助手。你是基于智谱AI训练的语言模型 GLM-4 模型开发的，"
          + "你的任务是针对用户的问题和要求提供适当的答复和支持。\n\n# 可用工具";
  private static final String AFTER_GLM_4_TOOL = "\n在调用上述函数时，请使用 Json 格式表示调用的参数。";

  private final Version version;

  /** A version of the format, with what begins a sequence and what follows the tag of a role. */
  enum Version {
    /** Arguments are a call of Python. */
    CHAT_GLM_3("[gMASK]sop", "\n "),
    /** Arguments are JSON. */
    GLM_4("[gMASK]<sop>", "\n");

    private final String begin;
    private final String afterRole;

    Version(String begin, String afterRole) {
      this.begin = begin;
      this.afterRole = afterRole;
    }
  }

  Glm(Version version) {
    super(Dialects.GLM, ControlTokens.of(PIPED, MASKS));
    this.version = version;
  }

  @Override
  public boolean writesBeginToken() {
    return true;
  }

  @Override
  List<String> declarations(Conversation conversation) {
    return tokens().functions(conversation, 4);
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    prompt.append(version.begin);
    if (!tools.isEmpty()) {
      turn("system", system(conversation, tools), prompt);
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

  private String system(Conversation conversation, List<String> tools) {
    if (version == Version.CHAT_GLM_3) {
      return CHAT_GLM_3_TOOLS + "[" + String.join(",", tools) + "]";
    }
    StringBuilder system = new StringBuilder(GLM_4_TOOLS);
    for (int i = 0; i < tools.size(); i++) {
      String name = conversation.tools().get(i).name();
      system.append("\n\n## ").append(name).append("\n\n").append(tools.get(i));
      system.append(AFTER_GLM_4_TOOL);
    }
    return system.toString();
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
    return version == Version.GLM_4
        ? call.name() + "\n" + call.arguments()
        : call.name() + "\n ```python\ntool_call(" + keywords(call) + ")\n```";
  }

  private String keywords(ToolCall call) {
    Map<String, @Nullable Object> values = Json.object(call.arguments());
    return values.keySet().stream().allMatch(key -> WORD.matcher(key).matches())
        ? values.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + python(entry.getValue()))
            .collect(Collectors.joining(", "))
        : "**" + call.arguments();
  }

  private String python(@Nullable Object value) {
    return switch (value) {
      case null -> "None";
      case Boolean truth -> truth ? "True" : "False";
      default -> tokens().neutralJson(Json.write(value));
    };
  }

  private void turn(String role, String text, StringBuilder prompt) {
    prompt.append("<|").append(role).append("|>").append(version.afterRole).append(text);
  }
}
