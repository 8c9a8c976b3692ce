package io.rkllm.tools;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceSession;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import java.util.ArrayList;
import java.util.List;

/** Tools by a chat format: each turn brings its messages and the declarations. */
final class FormattedTurns implements ToolTurns {
  private static final String THINK = "<think>";

  private final InferenceSession session;
  private final Conversation empty; // with the tools; its message is a placeholder
  private final boolean thinksAfterQuestion;
  private final boolean thinksAfterTools;
  private final List<ChatMessage> unheard = new ArrayList<>(); // results that a turn must bring

  /**
   * Opens a session.
   *
   * @throws IllegalArgumentException if the format knows no tools
   */
  FormattedTurns(RkllmModel model, ChatFormat format, ToolSet tools, ToolSession.Builder options) {
    ChatMessage question = new ChatMessage.User("?");
    empty = new Conversation(List.of(question), tools.declarations(), options.thinking);
    thinksAfterQuestion = opensThinking(format.render(empty));
    thinksAfterTools = opensThinking(format.render(empty.withMessages(withACall(question, tools))));
    SessionOptions.Builder session = SessionOptions.builder();
    if (!options.systemPrompt.isEmpty()) {
      session.systemPrompt(options.systemPrompt);
    }
    this.session = model.openSession(session.build());
  }

  private static List<ChatMessage> withACall(ChatMessage question, ToolSet tools) {
    ToolCall call = new ToolCall("call_0", tools.names().iterator().next(), "{}");
    return List.of(
        question,
        new ChatMessage.Assistant("", "", List.of(call)),
        new ChatMessage.ToolResult(call.id(), call.name(), "{}"));
  }

  private static boolean opensThinking(String prompt) {
    return prompt.stripTrailing().endsWith(THINK);
  }

  @Override
  public Generation ask(String question, GenerationOptions options) {
    List<ChatMessage> messages = new ArrayList<>(unheard);
    messages.add(new ChatMessage.User(question));
    return session.generate(empty.withMessages(messages), options);
  }

  @Override
  public Generation tell(
      List<ChatMessage.ToolResult> results, List<String> malformed, GenerationOptions options) {
    unheard.addAll(results);
    if (!malformed.isEmpty()) {
      unheard.add(new ChatMessage.User(String.join("\n", malformed)));
    }
    return session.generate(empty.withMessages(unheard), options);
  }

  @Override
  public void heard() {
    unheard.clear();
  }

  @Override
  public void leave(List<ChatMessage.ToolResult> results) {
    unheard.addAll(results);
  }

  @Override
  public boolean startsInThinking(boolean afterTools) {
    return afterTools ? thinksAfterTools : thinksAfterQuestion;
  }

  @Override
  public void clear() {
    unheard.clear();
    session.clear();
  }

  @Override
  public void close() {
    session.close();
  }
}
