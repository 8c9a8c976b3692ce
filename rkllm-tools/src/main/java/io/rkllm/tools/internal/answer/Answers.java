package io.rkllm.tools.internal.answer;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.Dialects;
import io.rkllm.tools.parser.ParserOptions;
import io.rkllm.tools.parser.ThinkingTags;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Rules for parsing the answer to a conversation. They are shared by the code that streams an
 * answer and the code that adds it to the history, so that both see the same calls with the same
 * ids.
 */
public final class Answers {
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
    return openedThinking(prompt).isPresent();
  }

  /** Returns the tags of the thinking inside which a prompt ends; empty if it does not. */
  public static Optional<ThinkingTags> openedThinking(String prompt) {
    String end = prompt.stripTrailing();
    return Dialects.DETECTED.thinkingTags().stream()
        .filter(tags -> end.endsWith(tags.opener()))
        .findFirst();
  }

  /**
   * Returns the answer without its thinking; empty if it begins with an opening tag of thinking and
   * the thinking never ends.
   *
   * @param thinking whether the model was asked to think, so that the answer may begin inside
   *     thinking
   */
  public static String withoutThinking(String answer, boolean thinking) {
    String begin = answer.stripLeading();
    for (ThinkingTags tags : Dialects.DETECTED.thinkingTags()) {
      if (begin.startsWith(tags.opener())) {
        int end = begin.indexOf(tags.closer());
        return end < 0 ? "" : begin.substring(end + tags.closer().length());
      }
    }
    return thinking ? afterThinking(answer) : answer;
  }

  /** Returns the answer after the first tag that ends thinking, or all of it. */
  private static String afterThinking(String answer) {
    return Dialects.DETECTED.thinkingTags().stream()
        .map(ThinkingTags::closer)
        .filter(answer::contains)
        .min(Comparator.comparingInt(answer::indexOf))
        .map(closer -> answer.substring(answer.indexOf(closer) + closer.length()))
        .orElse(answer);
  }

  /** Returns the answer as a message; see {@link AnswerCollector#message}. */
  public static ChatMessage.Assistant read(ParserOptions options, String answer) {
    AnswerCollector gathered = new AnswerCollector();
    ChatParser.parse(options, answer).forEach(gathered::add);
    return gathered.message();
  }

  /**
   * Returns the conversation with a request at the end of the user's last message, or in a message
   * of its own. If the conversation ends in an answer that is to be continued, the request precedes
   * that answer.
   */
  public static Conversation withRequest(Conversation conversation, String request) {
    List<ChatMessage> messages = new ArrayList<>(conversation.messages());
    int last = messages.size() - 1;
    if (last > 0
        && messages.get(last) instanceof ChatMessage.Assistant begun
        && begun.toolCalls().isEmpty()) {
      last--;
    }
    if (messages.get(last) instanceof ChatMessage.User question) {
      messages.set(last, new ChatMessage.User(question.text() + "\n\n" + request));
    } else {
      messages.add(last + 1, new ChatMessage.User(request));
    }
    return conversation.withMessages(messages);
  }
}
