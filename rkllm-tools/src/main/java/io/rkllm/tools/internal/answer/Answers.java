package io.rkllm.tools.internal.answer;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.ParserOptions;

/**
 * How the answer to a conversation is read. Who shows an answer while it comes and who keeps it in
 * the history take the rules from here, so that both see the same calls under the same ids.
 */
public final class Answers {
  /** What thinking begins with. */
  public static final String OPENED_THINKING = "<think>";

  private Answers() {}

  /**
   * What the ids of the calls of the next answer begin with. A conversation only grows, so the
   * number of its messages tells its answers apart.
   */
  public static String callIdPrefix(Conversation conversation) {
    return "call_" + conversation.messages().size() + "_";
  }

  /** Whether a prompt ends in {@code <think>}, so that the answer begins inside thinking. */
  public static boolean isThinkingOpen(String prompt) {
    return prompt.stripTrailing().endsWith(OPENED_THINKING);
  }

  /** The answer as a message; see {@link AnswerCollector#message}. */
  public static ChatMessage.Assistant read(ParserOptions options, String answer) {
    AnswerCollector gathered = new AnswerCollector();
    ChatParser.parse(options, answer).forEach(gathered::add);
    return gathered.message();
  }
}
