package io.rkllm.tools;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceSession;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatMessage;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.parser.ParserOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes tools through the runtime's own template, which keeps the history. Results are sent as one
 * prompt of the role tool, an array of strings, as in the vendor's server. Since such a prompt is
 * always answered, results without a turn of their own are never sent.
 */
final class NativeTurns implements ToolTurns {
  private static final String TAG = "tool_response";

  private final InferenceSession session;
  private final boolean thinking;
  private final ParserOptions parsing;

  /** Declares the tools to the model, which keeps them, and opens its session. Blocks. */
  NativeTurns(
      RkllmModel model,
      ToolSet tools,
      String systemPrompt,
      boolean thinking,
      ParserOptions parsing) {
    try {
      model.setFunctionTools(new FunctionTools(systemPrompt, tools.toJson(), TAG));
    } catch (RkllmException refused) {
      throw new RkllmException(
          String.valueOf(refused.getMessage()).replaceFirst("\\.$", "")
              + ". Load the model with a chat format that knows tools, such as those of ChatFormats"
              + " in io.rkllm.tools.format (RkllmModel.Builder.chatFormat).",
          refused.operation(),
          refused.nativeCode(),
          refused);
    }
    this.session = model.openSession();
    this.thinking = thinking;
    this.parsing = parsing;
  }

  @Override
  public Generation ask(String question, GenerationOptions options) {
    return turn(question, Role.USER, options);
  }

  @Override
  public Generation report(
      List<ChatMessage.ToolResult> results, List<String> malformed, GenerationOptions options) {
    List<String> texts = new ArrayList<>();
    results.forEach(result -> texts.add(result.text()));
    malformed.forEach(words -> texts.add(ToolMessages.error(words)));
    return turn(Json.write(texts), Role.TOOL, options);
  }

  private Generation turn(String text, Role role, GenerationOptions options) {
    Generation turn = session.generate(new TextPrompt(text, role, thinking), options);
    return turn;
  }

  @Override
  public ParserOptions parserOptions() {
    return parsing.toBuilder().uniqueCallIds().build();
  }

  @Override
  public void turnEnded(GenerationResult result, ChatMessage.Assistant said) {}

  /** Does nothing: the runtime keeps the history, and always answers results. */
  @Override
  public void endWithResults(List<ChatMessage.ToolResult> results) {}

  @Override
  public void questionFailed() {}

  @Override
  public void clear() {
    session.clear();
  }

  @Override
  public void close() {
    session.close();
  }
}
