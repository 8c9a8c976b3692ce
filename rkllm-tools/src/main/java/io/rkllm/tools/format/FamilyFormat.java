package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.answer.Answers;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.schema.ModelText;
import io.rkllm.tools.parser.Dialect;
import io.rkllm.tools.parser.ParserOptions;
import io.rkllm.tools.parser.ThinkingTags;
import java.util.List;

/**
 * The chat format of one model family: subclasses render a conversation from which control tokens
 * have been removed and in which tool results are in the order of their calls. Immutable.
 */
abstract class FamilyFormat implements ChatFormat {
  private final Dialect dialect;
  private final ControlTokens tokens;

  FamilyFormat(Dialect dialect, ControlTokens tokens) {
    this.dialect = dialect;
    this.tokens = tokens;
  }

  final Dialect dialect() {
    return dialect;
  }

  /**
   * Returns the tags around the thinking of the family: those that only its dialect has, if any.
   */
  final ThinkingTags thinkingTags() {
    return dialect.thinkingTags().getLast();
  }

  final ControlTokens tokens() {
    return tokens;
  }

  @Override
  public final String render(Conversation conversation) {
    StringBuilder prompt = new StringBuilder();
    write(
        ToolResults.inOrderOfCalls(tokens.neutral(conversation)),
        declarations(conversation),
        prompt);
    return ModelText.sanitize(
        prompt.toString()); // JSON of tools and arguments may have escapes of anything
  }

  /** Returns the declarations of the tools, in the OpenAI form unless a family has its own. */
  List<String> declarations(Conversation conversation) {
    return tokens.declarations(conversation);
  }

  /**
   * Writes the conversation, up to where the model should go on.
   *
   * @param tools the declarations of its tools
   */
  abstract void write(Conversation conversation, List<String> tools, StringBuilder prompt);

  @Override
  public final ChatMessage.Assistant read(Conversation conversation, String answer) {
    return Answers.read(ParserOptions.forAnswer(conversation, render(conversation)), answer);
  }

  /** Returns the text of an answer followed by its calls. */
  final String textAndCalls(ChatMessage.Assistant answer, String between) {
    if (answer.toolCalls().isEmpty()) {
      return answer.text();
    }
    String calls = calls(answer.toolCalls());
    return answer.text().isEmpty() ? calls : answer.text() + between + calls;
  }

  /** Returns the calls in the dialect of the family. */
  String calls(List<ToolCall> calls) {
    return dialect.render(calls);
  }

  /**
   * Returns the calls with a space in each control token of their arguments, for dialects that
   * write strings without escapes.
   */
  final List<ToolCall> withoutTokensInStrings(List<ToolCall> calls) {
    return calls.stream()
        .map(
            call ->
                new ToolCall(
                    call.id(),
                    call.name(),
                    Json.write(tokens.neutralTree(Json.object(call.arguments())))))
        .toList();
  }
}
