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
 * A conversation as rendered by its chat format, up to the point at which the model begins to
 * write.
 *
 * <p>A chat format renders complete answers only. To end a prompt inside an answer, an answer that
 * contains a marker is rendered, and the prompt is cut at the marker. The text of a client is
 * therefore neutralized as in any other message, and a tool call begins as usual for the model's
 * family.
 *
 * @param text the prompt
 * @param parserOptions the options for parsing the answer
 * @param opening the end of the prompt that the parser has to read before the answer
 * @param continued whether the client already has the opening
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
   * @throws IllegalArgumentException if the format cannot render it
   */
  static AnswerPrompt render(ChatFormat format, Conversation conversation, AnswerStart start) {
    return switch (start) {
      case AnswerStart.Beginning _ -> of(conversation, format.render(conversation), "");
      case AnswerStart.EndOfLastMessage _ -> continuing(format, conversation);
      case AnswerStart.ToolCall call -> calling(format, conversation, call.tool());
    };
  }

  /** Returns whether a model of this format thinks unless told otherwise. */
  static boolean thinksByDefault(ChatFormat format) {
    return format instanceof JinjaChatFormat template
        ? template.thinksByDefault()
        : switchesThinking(format); // families with a switch think if it is not used
  }

  /** Returns whether a model of this format thinks, or can be made to. */
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
    } catch (IllegalArgumentException e) { // a template that requires more than a question
      return "";
    }
  }

  // ---- Continued answers

  /**
   * Renders the beginning of the answer after its prompt, in the place where the model wrote it.
   */
  private static AnswerPrompt continuing(ChatFormat format, Conversation conversation) {
    List<ChatMessage> messages = conversation.messages();
    Conversation before = conversation.withMessages(messages.subList(0, messages.size() - 1));
    ChatMessage.Assistant begun = (ChatMessage.Assistant) messages.getLast();
    String text = neutral(format, before, begun.text());
    if (begun.thinking().isEmpty()) {
      return continued(conversation, withoutThinking(format, before) + text, "");
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

  /** Renders a prompt whose answer does not begin with thinking. */
  private static String withoutThinking(ChatFormat format, Conversation conversation) {
    String prompt = format.render(conversation.withThinking(false));
    return endsInThinking(prompt) ? prompt.stripTrailing() + CLOSE : prompt;
  }

  /** Returns a text as rendered by the format in an answer, without its control tokens. */
  private static String neutral(ChatFormat format, Conversation conversation, String text) {
    if (text.isEmpty()) {
      return "";
    }
    String rendered = render(format, conversation, new ChatMessage.Assistant(MARK + text + MARK));
    int end = rendered.lastIndexOf(MARK);
    int begin = rendered.lastIndexOf(MARK, end - 1);
    if (begin < 0 || begin == end) {
      throw new IllegalArgumentException(
          "the chat format of this model leaves out an answer that comes last, so that it cannot be"
              + " continued; end the conversation with a message of the user");
    }
    return rendered.substring(begin + MARK.length(), end);
  }

  private static boolean endsInThinking(String prompt) {
    return prompt.stripTrailing().endsWith(OPEN);
  }

  // ---- Forced calls

  /**
   * Renders a prompt that ends in a call. The model does not think, since thinking would precede
   * the call.
   */
  private static AnswerPrompt calling(
      ChatFormat format, Conversation conversation, @Nullable String tool) {
    Conversation silent = conversation.withThinking(false);
    String opening = opening(format, silent, tool);
    return of(silent, withoutThinking(format, silent) + opening, opening);
  }

  /** Returns the beginning of a call, up to or including its name; empty if unknown. */
  private static String opening(
      ChatFormat format, Conversation conversation, @Nullable String tool) {
    ToolCall call = new ToolCall("abcdefgh1", MARK, "{\"" + ARGUMENT + "\":1}");
    try {
      return opening(
          format,
          conversation,
          render(format, conversation, new ChatMessage.Assistant(MARK)),
          render(format, conversation, new ChatMessage.Assistant("", "", List.of(call))),
          tool);
    } catch (IllegalArgumentException e) { // such as a template that requires the call's result
      return "";
    }
  }

  /**
   * Returns the beginning of a call by comparing two rendered conversations.
   *
   * @param said the conversation with an answer that consists of a marker
   * @param called the conversation with an answer that calls a tool named like the marker
   */
  private static String opening(
      ChatFormat format,
      Conversation conversation,
      String said,
      String called,
      @Nullable String tool) {
    int begin = // of the longest prompt that the call continues
        Stream.of(
                said.substring(0, Math.max(0, said.lastIndexOf(MARK))),
                format.render(conversation),
                format.render(conversation.withThinking(true)))
            .filter(prompt -> !prompt.isEmpty() && called.startsWith(prompt))
            .mapToInt(String::length)
            .max()
            .orElse(called.length());
    int name = called.indexOf(MARK, begin);
    int argument = called.indexOf(ARGUMENT, begin);
    if (name < 0 || argument < 0) {
      return "";
    }
    if (argument < name) { // a family whose calls end with the name
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
