package io.rkllm.tools;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.format.DialectFormat;
import io.rkllm.tools.internal.answer.Answers;
import io.rkllm.tools.parser.Dialect;
import io.rkllm.tools.parser.ParserOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * Tools by a chat format: each turn gets the conversation whole, and what the format reads in its
 * answer becomes part of it. A failed turn leaves no trace but for results of tools.
 */
final class FormattedTurns implements ToolTurns {
  private final RkllmModel model;
  private final ChatFormat format;
  private final Dialect dialect;
  private final ToolSet tools;
  private final boolean thinking;
  private final List<ChatMessage> beginning;
  private final List<ChatMessage> transcript;
  private Conversation asked; // in the last turn

  /**
   * @throws IllegalArgumentException if the format knows no tools
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
    asked = with(new ChatMessage.User(question));
    return model.generate(asked, options);
  }

  @Override
  public Generation tell(
      List<ChatMessage.ToolResult> results, List<String> malformed, GenerationOptions options) {
    transcript.addAll(results);
    asked =
        malformed.isEmpty()
            ? conversation(transcript)
            : with(new ChatMessage.User(String.join("\n", malformed)));
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
  public ParserOptions reading() {
    return Answers.options(dialect, asked, format.render(asked));
  }

  @Override
  public void ended(GenerationResult result) {
    if (result.finishReason() == FinishReason.CANCELLED && result.text().isEmpty()) {
      return; // it may not have begun
    }
    ChatMessage answer = read(result.text());
    transcript.clear();
    transcript.addAll(asked.messages());
    transcript.add(answer);
  }

  /** By the dialect of the session, so that what is remembered are the calls that it makes. */
  private ChatMessage read(String text) {
    return format instanceof DialectFormat known && !known.dialect().equals(dialect)
        ? Answers.read(reading(), text)
        : format.read(asked, text);
  }

  @Override
  public void leave(List<ChatMessage.ToolResult> results) {
    transcript.addAll(results);
  }

  @Override
  public void clear() {
    transcript.clear();
    transcript.addAll(beginning);
  }

  /** Its runs stand alone, and are cancelled by those who wait for them. */
  @Override
  public void close() {}
}
