package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.format.JinjaChatFormat;
import io.rkllm.tools.parser.ParserOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A conversation as its chat format renders it, up to where the model begins to write.
 *
 * <p>Formats know two such places, the beginning of an answer and its end. The places between are
 * found by rendering an answer that has a mark there, and cutting the prompt at the mark: so the
 * text of a client stays neutralized as in any message, and a call is opened as the family opens
 * it.
 *
 * @param text the prompt
 * @param parserOptions how the answer is parsed
 * @param opening what the parser has to read before the answer, since the prompt ends with it
 * @param continued whether the client knows the opening already
 */
record AnswerPrompt(String text, ParserOptions parserOptions, String opening, boolean continued) {
  private static final String MARK = "Qm4xanswermark";
  private static final String ARGUMENT = "Qm4xargument";
  private static final String OPEN = "<think>";
  private static final String CLOSE = "\n</think>\n\n";

  private static AnswerPrompt of(Conversation conversation, String text, String opening) {
    return new AnswerPrompt(
        text, ParserOptions.forAnswer(conversation, text), opening, /* continued= */ false);
  }

  /**
   * Renders a conversation.
   *
   * @throws IllegalArgumentException if the format has no way to render it
   */
  static AnswerPrompt render(ChatFormat format, Conversation conversation, AnswerStart start) {
    return switch (start) {
      case AnswerStart.Beginning _ -> of(conversation, format.render(conversation), "");
      case AnswerStart.EndOfLastMessage _ -> continuing(format, conversation);
      case AnswerStart.ToolCall call -> calling(format, conversation, call.tool());
    };
  }

  /** Returns whether a model of this format thinks where nothing says whether it should. */
  static boolean thinksByDefault(ChatFormat format) {
    return format instanceof JinjaChatFormat template
        ? template.thinksByDefault()
        : switchesThinking(format); // the families that have a switch think without it
  }

  /** Returns whether a model of this format thinks, or can be told to. */
  static boolean thinks(ChatFormat format) {
    return switchesThinking(format) || endsInThinking(question(format, false));
  }

  private static boolean switchesThinking(ChatFormat format) {
    return !question(format, true).equals(question(format, false));
  }

  private static String question(ChatFormat format, boolean thinking) {
    try {
      return format.render(
          Conversation.of(List.of(new ChatMessage.User("?"))).withThinking(thinking));
    } catch (IllegalArgumentException e) { // a template that wants more than a question
      return "";
    }
  }

  // ---- Continued answers

  /** The answer goes on behind what the model would have written before: it is not in history. */
  private static AnswerPrompt continuing(ChatFormat format, Conversation conversation) {
    List<ChatMessage> messages = conversation.messages();
    Conversation before = conversation.withMessages(messages.subList(0, messages.size() - 1));
    ChatMessage.Assistant begun = (ChatMessage.Assistant) messages.getLast();
    String text = neutral(format, before, begun.text());
    if (begun.thinking().isEmpty()) {
      return continued(conversation, answered(format, before) + text, "");
    }
    String thinking = neutral(format, before, begun.thinking());
    String prompt = format.render(before.withThinking(true));
    String thought = (endsInThinking(prompt) ? prompt : prompt + OPEN + "\n") + thinking;
    return text.isEmpty()
        ? continued(conversation, thought, OPEN + thinking)
        : continued(conversation, thought.stripTrailing() + CLOSE + text, "");
  }

  private static AnswerPrompt continued(Conversation conversation, String text, String opening) {
    ParserOptions options =
        ParserOptions.forAnswer(conversation, text).toBuilder().startsInThinking(false).build();
    return new AnswerPrompt(text, options, opening, /* continued= */ true);
  }

  /** A prompt whose answer begins without thinking. */
  private static String answered(ChatFormat format, Conversation conversation) {
    String prompt = format.render(conversation.withThinking(false));
    return endsInThinking(prompt) ? prompt.stripTrailing() + CLOSE : prompt;
  }

  /** A text of an answer as the format renders it: between two marks. */
  private static String neutral(ChatFormat format, Conversation conversation, String text) {
    if (text.isEmpty()) {
      return "";
    }
    String rendered = render(format, conversation, new ChatMessage.Assistant(MARK + text + MARK));
    int end = rendered.lastIndexOf(MARK);
    int begin = rendered.lastIndexOf(MARK, end - 1) + MARK.length();
    if (begin > end) {
      throw new IllegalArgumentException(
          "the chat format of this model leaves out an answer that comes last, so that it cannot be"
              + " continued; end the conversation with a message of the user");
    }
    return rendered.substring(begin, end);
  }

  private static boolean endsInThinking(String prompt) {
    return prompt.stripTrailing().endsWith(OPEN);
  }

  // ---- Forced calls

  /** A call is not thought about: the thinking would have to come before its opening. */
  private static AnswerPrompt calling(
      ChatFormat format, Conversation conversation, @Nullable String tool) {
    Conversation silent = conversation.withThinking(false);
    String opening = opening(format, silent, tool);
    return of(silent, answered(format, silent) + opening, opening);
  }

  /** What an answer begins with that is a call; empty if that cannot be told. */
  private static String opening(
      ChatFormat format, Conversation conversation, @Nullable String tool) {
    ToolCall call = new ToolCall("abcdefgh1", MARK, "{\"" + ARGUMENT + "\":1}");
    String said;
    String called;
    try {
      said = render(format, conversation, new ChatMessage.Assistant(MARK));
      called = render(format, conversation, new ChatMessage.Assistant("", "", List.of(call)));
    } catch (IllegalArgumentException e) { // such as a template that wants the call's result
      return "";
    }
    int begin =
        Stream.of(
                said.substring(0, Math.max(0, said.lastIndexOf(MARK))),
                format.render(conversation),
                format.render(conversation.withThinking(true)))
            .filter(called::startsWith)
            .mapToInt(String::length)
            .max()
            .orElse(called.length());
    int name = called.indexOf(MARK, begin);
    int argument = called.indexOf(ARGUMENT, begin);
    if (name < 0 || argument < 0) {
      return "";
    }
    if (argument < name) { // a family that writes the name last
      return called.substring(begin, argument).replaceFirst("[{\"\\s]+$", "");
    }
    String opened = called.substring(begin, name);
    return tool == null ? opened : opened + tool + called.charAt(name + MARK.length());
  }

  private static String render(ChatFormat format, Conversation conversation, ChatMessage answer) {
    List<ChatMessage> messages = new ArrayList<>(conversation.messages());
    messages.add(answer);
    return format.render(conversation.withMessages(messages));
  }
}
