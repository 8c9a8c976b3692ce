package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.input.RawPrompt;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.answer.Answers;
import io.rkllm.tools.parser.ParserOptions;
import io.rkllm.tools.parser.ThinkingTags;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A conversation as rendered by its chat format, up to the point at which the model begins to
 * write: the beginning of an answer, the end of an answer to be continued, or the inside of a tool
 * call that the model must make.
 *
 * <p>A chat format renders complete answers only. To end a prompt inside an answer, an answer that
 * contains a marker is rendered, and the prompt is cut at the marker. Text from outside is
 * therefore neutralized as in any other message, and a tool call begins as usual for the model's
 * family.
 *
 * @param input the prompt
 * @param parserOptions the options for parsing the answer
 * @param opening the end of the prompt that the parser has to read before the answer
 * @param continued whether the opening is part of the given answer, so that its events are not new
 */
public record AnswerPrompt(
    RawPrompt input, ParserOptions parserOptions, String opening, boolean continued) {
  private static final String MARK = "Qm4xanswermark";
  private static final String ARGUMENT = "Qm4xargument";
  private static final String CALL_A_TOOL = "Answer by calling one of the tools.";

  private static AnswerPrompt of(
      ChatFormat format, Conversation conversation, String text, String opening) {
    return new AnswerPrompt(
        new RawPrompt(text, format.writesBeginToken()),
        ParserOptions.forAnswer(conversation, text),
        opening,
        /* continued= */ false);
  }

  /** Returns the text of the prompt. */
  public String text() {
    return input.text();
  }

  /**
   * Returns the prompt for an answer.
   *
   * @throws IllegalArgumentException if the format cannot render the conversation
   */
  public static AnswerPrompt answering(ChatFormat format, Conversation conversation) {
    Check.nonNull("format", format);
    return of(format, conversation, format.render(conversation), "");
  }

  // ---- Continued answers

  /**
   * Returns a prompt that ends in the last message, which is the beginning of an answer, in the
   * place where the model would have written it.
   *
   * @throws IllegalArgumentException if the last message is not an answer, or the format cannot
   *     render it
   */
  public static AnswerPrompt continuing(ChatFormat format, Conversation conversation) {
    List<ChatMessage> messages = conversation.messages();
    Conversation before = conversation.withMessages(messages.subList(0, messages.size() - 1));
    if (!(messages.getLast() instanceof ChatMessage.Assistant begun)) {
      throw new IllegalArgumentException(
          "only an answer can be continued, but the last message is of the role "
              + messages.getLast().role().label());
    }
    ThinkingTags tags = tags(format);
    String text = neutral(format, before, begun.text());
    if (begun.thinking().isEmpty()) {
      return continued(format, conversation, withoutThinking(format, before) + text, "");
    }
    String thinking = neutral(format, before, begun.thinking());
    String prompt = format.render(before.withThinking(true));
    String thought =
        (Answers.isThinkingOpen(prompt) ? prompt : prompt + tags.opener() + "\n") + thinking;
    return text.isEmpty()
        ? continued(format, conversation, thought, tags.opener() + thinking)
        : continued(format, conversation, thought.stripTrailing() + closer(tags) + text, "");
  }

  private static AnswerPrompt continued(
      ChatFormat format, Conversation conversation, String text, String opening) {
    ParserOptions options =
        ParserOptions.forAnswer(conversation, text).toBuilder().startsInThinking(false).build();
    return new AnswerPrompt(
        new RawPrompt(text, format.writesBeginToken()), options, opening, /* continued= */ true);
  }

  /** Renders a prompt whose answer does not begin with thinking. */
  private static String withoutThinking(ChatFormat format, Conversation conversation) {
    String prompt = format.render(conversation.withThinking(false));
    return Answers.isThinkingOpen(prompt) ? prompt.stripTrailing() + closer(tags(format)) : prompt;
  }

  private static ThinkingTags tags(ChatFormat format) {
    return switch (format) {
      case FamilyFormat family -> family.thinkingTags();
      case JinjaChatFormat template -> template.thinkingTags();
      default -> ThinkingTags.THINK;
    };
  }

  private static String closer(ThinkingTags tags) {
    return tags.equals(ThinkingTags.THINK) ? "\n</think>\n\n" : tags.closer();
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

  // ---- Forced calls

  /**
   * Returns a prompt that ends inside a tool call, so that the model must call a tool. It does not
   * think, since thinking would precede the call. If nothing but the name of the tool begins a call
   * in this format, and it may be one of several, or the format cannot render calls, the prompt
   * asks for a call instead, and {@link #opening} is empty.
   *
   * @param tool the name of the tool; null for any
   * @throws IllegalArgumentException if the format cannot render the conversation
   */
  public static AnswerPrompt calling(
      ChatFormat format, Conversation conversation, @Nullable String tool) {
    Conversation silent = conversation.withThinking(false);
    boolean isOnly = tool == null && conversation.tools().size() == 1;
    String opening =
        opening(format, silent, isOnly ? conversation.tools().getFirst().name() : tool);
    Conversation asked = opening.isEmpty() ? Answers.withRequest(silent, CALL_A_TOOL) : silent;
    return of(format, silent, withoutThinking(format, asked) + opening, opening);
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
