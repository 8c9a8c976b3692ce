package io.rkllm.examples.server.chat;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Shortens a conversation that exceeds the context by leaving out its oldest turns, as Ollama does.
 * A turn begins with a message of the user, so that no result of a tool is left without its call.
 * System prompts and the last turn are kept.
 */
final class TruncatedConversation {
  private TruncatedConversation() {}

  /**
   * Returns a conversation that does not fit into the context with as many turns as fit into seven
   * eighths of it, so that there is space for an answer. If even the last turn is longer, the
   * result has that turn alone.
   *
   * @param length returns the number of tokens of a conversation; 0 if unknown
   */
  static Conversation of(
      Conversation conversation, int context, ToIntFunction<Conversation> length) {
    List<ChatMessage> messages = conversation.messages();
    List<Integer> turns =
        IntStream.range(0, messages.size())
            .filter(i -> messages.get(i) instanceof ChatMessage.User)
            .boxed()
            .toList();
    int low = 1; // the first turn is left out at least
    int high = turns.size() - 1;
    while (low < high) {
      int middle = (low + high) / 2;
      if (length.applyAsInt(from(conversation, turns.get(middle))) <= context / 8 * 7) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return high < 1 ? conversation : from(conversation, turns.get(low));
  }

  private static Conversation from(Conversation conversation, int first) {
    List<ChatMessage> kept = new ArrayList<>();
    for (int i = 0; i < conversation.messages().size(); i++) {
      ChatMessage message = conversation.messages().get(i);
      if (i >= first || message instanceof ChatMessage.SystemPrompt) {
        kept.add(message);
      }
    }
    return new Conversation(kept, conversation.tools(), conversation.thinking());
  }
}
