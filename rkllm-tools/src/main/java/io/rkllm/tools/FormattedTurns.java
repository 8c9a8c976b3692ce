package io.rkllm.tools;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.Dialect;
import io.rkllm.tools.parser.ParserOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes tools through a chat format. Each turn renders the whole conversation, and the answer as
 * parsed by the format is added to it. A question that fails is removed.
 */
final class FormattedTurns implements ToolTurns {
  private final RkllmModel model;
  private final ChatFormat format;
  private final Dialect dialect;
  private final ToolSet tools;
  private final boolean thinking;
  private final List<ChatMessage> beginning;
  private final List<ChatMessage> transcript;
  private int questionFrom; // where the last question begins in the transcript
  private Conversation asked; // in the last turn

  /**
   * @throws IllegalArgumentException if the format does not support tools
   */
  FormattedTurns(
      RkllmModel model,
      ChatFormat format,
      Dialect dialect,
      ToolSet tools,
      String systemPrompt,
      boolean thinking) {
    this.model = model;
    this.format = format;
    this.dialect = dialect;
    this.tools = tools;
    this.thinking = thinking;
    beginning =
        systemPrompt.isEmpty() ? List.of() : List.of(new ChatMessage.SystemPrompt(systemPrompt));
    transcript = new ArrayList<>(beginning);
    asked = with(new ChatMessage.User("?"));
    format.render(asked); // refuses tools if it does not know them
  }

  @Override
  public Generation ask(String question, GenerationOptions options) {
    questionFrom = transcript.size();
    asked = with(new ChatMessage.User(question));
    return model.generate(asked, options);
  }

  @Override
  public Generation report(
      List<ChatMessage.ToolResult> results, List<String> malformed, GenerationOptions options) {
    transcript.addAll(results);
    if (malformed.isEmpty()) {
      asked = conversation(transcript);
    } else if (results.isEmpty()) {
      asked = with(new ChatMessage.User(String.join("\n", malformed)));
    } else { // many templates do not allow a user message after a result
      ChatMessage.ToolResult last = results.getLast();
      String words = last.text() + "\n" + String.join("\n", malformed);
      transcript.removeLast();
      transcript.add(new ChatMessage.ToolResult(last.callId(), last.name(), words));
      asked = conversation(transcript);
    }
    return model.generate(asked, options);
  }

  private Conversation with(ChatMessage next) {
    List<ChatMessage> messages = new ArrayList<>(transcript);
    messages.add(next);
    return conversation(messages);
  }

  private Conversation conversation(List<ChatMessage> messages) {
    return new Conversation(messages, tools.declarations(), thinking);
  }

  @Override
  public ParserOptions parserOptions() {
    return ParserOptions.forAnswer(asked, format.render(asked)).toBuilder()
        .dialect(dialect)
        .build();
  }

  @Override
  public void turnEnded(GenerationResult result, ChatMessage.Assistant said) {
    boolean cut =
        result.finishReason() == FinishReason.CANCELLED
            || result.finishReason() == FinishReason.MODEL_CLOSED;
    if (cut && result.text().isEmpty()) {
      return; // it may not have begun
    }
    transcript.clear();
    transcript.addAll(asked.messages());
    transcript.add(said);
  }

  /**
   * Adds an answer of the model, which many templates require before the next message of the user.
   */
  @Override
  public void endWithResults(List<ChatMessage.ToolResult> results) {
    if (!results.isEmpty()) {
      transcript.addAll(results);
      transcript.add(new ChatMessage.Assistant(ToolMessages.STOPPED));
    }
  }

  @Override
  public void questionFailed() {
    transcript.subList(Math.min(questionFrom, transcript.size()), transcript.size()).clear();
  }

  @Override
  public void clear() {
    transcript.clear();
    transcript.addAll(beginning);
  }

  /**
   * Does nothing: the runs are independent, and are cancelled by the threads that wait for them.
   */
  @Override
  public void close() {}
}
