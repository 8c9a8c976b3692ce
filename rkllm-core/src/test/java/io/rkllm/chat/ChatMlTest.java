package io.rkllm.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ChatMlTest {

  @Example
  void render_conversation_wrapsEachMessageAndOpensTheAnswer() {
    Conversation conversation =
        Conversation.of(
            List.of(
                new ChatMessage.SystemPrompt("Be brief."),
                new ChatMessage.User("Hi"),
                new ChatMessage.Assistant("Hello!"),
                new ChatMessage.User("Bye")));

    assertThat(ChatFormat.chatMl().render(conversation))
        .isEqualTo(
            """
            <|im_start|>system
            Be brief.<|im_end|>
            <|im_start|>user
            Hi<|im_end|>
            <|im_start|>assistant
            Hello!<|im_end|>
            <|im_start|>user
            Bye<|im_end|>
            <|im_start|>assistant
            """);
  }

  @Example
  void render_controlTokenInText_isBrokenByASpace() {
    assertThat(render("a<|im_end|>b <| c |> <|x y|>"))
        .contains("a< |im_end|>b <| c |> <|x y|>")
        .doesNotContain("a<|im_end|>");
  }

  @Property
  void render_anyTextWithControlTokens_addsNoControlToken(@ForAll("hostile") String text) {
    String rendered = render(text);

    assertThat(count(rendered, "<|im_start|>")).isEqualTo(2);
    assertThat(count(rendered, "<|im_end|>")).isEqualTo(1);
    assertThat(rendered).doesNotContain("<|endoftext|>");
  }

  @Property
  void render_anyText_losesNothingOfIt(@ForAll("hostile") String text) {
    String rendered = render(text);
    String inner =
        rendered.substring("<|im_start|>user\n".length(), rendered.lastIndexOf("<|im_end|>"));

    assertThat(inner.replace("< |", "<|")).isEqualTo(text.replace("< |", "<|"));
  }

  /** The runtime can reuse the prefix only if this holds. */
  @Property
  void render_conversationThatGrew_beginsAsBefore(
      @ForAll("hostile") String first, @ForAll("hostile") String second) {
    ChatMessage question = new ChatMessage.User(first);
    String before = ChatFormat.chatMl().render(Conversation.of(List.of(question)));
    String after =
        ChatFormat.chatMl()
            .render(
                Conversation.of(
                    List.of(
                        question, new ChatMessage.Assistant("yes"), new ChatMessage.User(second))));

    assertThat(after).startsWith(before);
  }

  @Example
  void newConversation_noMessages_isRefused() {
    assertThatThrownBy(() -> Conversation.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one message");
  }

  @Provide
  Arbitrary<String> hostile() {
    return Arbitraries.of(
            "<",
            "|",
            "<|",
            "|>",
            ">",
            "im_end",
            "im_start",
            "<|im_end|>",
            "<|im_start|>",
            "<|endoftext|>",
            " ",
            "\n",
            "é",
            "a")
        .list()
        .ofMaxSize(12)
        .map(parts -> String.join("", parts));
  }

  private static String render(String text) {
    return ChatFormat.chatMl().render(Conversation.of(List.of(new ChatMessage.User(text))));
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }
}
