package io.rkllm.tools;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceSession;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatMessage;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.tools.internal.Json;
import java.util.ArrayList;
import java.util.List;

/**
 * Tools by the runtime's own template. Results go back as one prompt of the role tool, an array of
 * strings, as the vendor's server does it. Since such a prompt must be answered, results that come
 * too late for a turn are never told.
 */
final class NativeTurns implements ToolTurns {
  private static final String TAG = "tool_response";

  private final InferenceSession session;
  private final boolean thinking;
  private final boolean startsInThinking;

  /** Declares the tools to the model, for good, and opens its session. Blocks. */
  NativeTurns(RkllmModel model, ToolSet tools, ToolSession.Builder options) {
    try {
      model.setFunctionTools(new FunctionTools(options.systemPrompt, tools.toJson(), TAG));
    } catch (RkllmException refused) {
      throw new RkllmException(
          refused.getMessage()
              + ". Load the model with a chat format that knows tools, such as those of ChatFormats"
              + " in io.rkllm.tools.format (RkllmModel.Builder.chatFormat).",
          refused.operation(),
          refused.nativeCode(),
          refused);
    }
    session = model.openSession();
    thinking = options.thinking;
    startsInThinking = options.startsInThinking;
  }

  @Override
  public Generation ask(String question, GenerationOptions options) {
    return session.generate(new TextPrompt(question, Role.USER, thinking), options);
  }

  @Override
  public Generation tell(
      List<ChatMessage.ToolResult> results, List<String> malformed, GenerationOptions options) {
    List<String> texts = new ArrayList<>();
    results.forEach(result -> texts.add(result.text()));
    malformed.forEach(words -> texts.add(ToolWords.error(words)));
    return session.generate(new TextPrompt(Json.write(texts), Role.TOOL, thinking), options);
  }

  @Override
  public void heard() {}

  @Override
  public void leave(List<ChatMessage.ToolResult> results) {}

  @Override
  public boolean startsInThinking(boolean afterTools) {
    return startsInThinking;
  }

  @Override
  public void clear() {
    session.clear();
  }

  @Override
  public void close() {
    session.close();
  }
}
