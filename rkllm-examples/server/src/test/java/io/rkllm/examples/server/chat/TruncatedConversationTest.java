package io.rkllm.examples.server.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which turns of a long conversation are kept. Here each message has one token. */
final class TruncatedConversationTest {
  private static Conversation conversation(int turns) {
    Stream<ChatMessage> system = Stream.of(new ChatMessage.SystemPrompt("s"));
    Stream<ChatMessage> all =
        IntStream.range(0, turns)
            .boxed()
            .flatMap(
                i -> Stream.of(new ChatMessage.User("q" + i), new ChatMessage.Assistant("a" + i)));
    return new Conversation(Stream.concat(system, all).toList(), List.of(), false);
  }

  private static int kept(int turns, int context) {
    List<ChatMessage> messages =
        TruncatedConversation.of(conversation(turns), context, it -> it.messages().size())
            .messages();
    assertThat(messages.getFirst()).isEqualTo(new ChatMessage.SystemPrompt("s"));
    assertThat(messages.getLast()).isEqualTo(new ChatMessage.Assistant("a" + (turns - 1)));
    return messages.size() / 2;
  }

  @Test
  void longConversation_keepsAsManyTurnsAsFitIntoSevenEighths() {
    assertThat(kept(20, 16)).isEqualTo(6); // 13 of 14 messages
    assertThat(kept(20, 24)).isEqualTo(10); // 21 of 21 messages
    assertThat(kept(20, 40)).isEqualTo(17); // 35 of 35 messages
  }

  @Test
  void lastTurn_isKeptEvenIfItIsTooLong() {
    assertThat(kept(20, 0)).isEqualTo(1);
    assertThat(kept(1, 0)).isEqualTo(1);
  }

  @Test
  void firstTurn_isLeftOutInAnyCase() {
    assertThat(kept(3, 1_000)).isEqualTo(2);
  }
}
