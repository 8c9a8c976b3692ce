package io.rkllm.tools.internal.answer;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.Dialects;
import io.rkllm.tools.parser.ParserOptions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Rules for parsing the answer to a conversation. They are shared by the code that streams an
 * answer and the code that adds it to the history, so that both see the same calls with the same
 * ids.
 */
public final class Answers {
  /** The tag that begins thinking. */
  public static final String OPENED_THINKING = "<think>";

  private static final int ID_BYTES = 8;

  private Answers() {}

  /**
   * Returns what the ids of the calls of the next answer begin with: a digest of the conversation,
   * so that no other answer has it, and the answer to this one always.
   */
  public static String callIdPrefix(Conversation conversation) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(conversation.toString().getBytes(StandardCharsets.UTF_8));
      return "call_" + HexFormat.of().formatHex(digest, 0, ID_BYTES) + "_";
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java runtime has SHA-256", e);
    }
  }

  /** Returns whether a prompt ends inside thinking, so that the answer begins there. */
  public static boolean isThinkingOpen(String prompt) {
    String end = prompt.stripTrailing();
    return Dialects.DETECTED.thinkingTags().stream().anyMatch(tags -> end.endsWith(tags.opener()));
  }

  /** Returns the answer as a message; see {@link AnswerCollector#message}. */
  public static ChatMessage.Assistant read(ParserOptions options, String answer) {
    AnswerCollector gathered = new AnswerCollector();
    ChatParser.parse(options, answer).forEach(gathered::add);
    return gathered.message();
  }
}
