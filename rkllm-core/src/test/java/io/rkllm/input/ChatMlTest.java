package io.rkllm.input;

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
        new Conversation(
            List.of(
                new ChatMessage(Role.SYSTEM, "Be brief."),
                new ChatMessage(Role.USER, "Hi"),
                new ChatMessage(Role.ASSISTANT, "Hello!"),
                new ChatMessage(Role.USER, "Bye")),
            false);

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

  /** What makes the runtime's prefix reuse work. */
  @Property
  void render_conversationThatGrew_beginsAsBefore(
      @ForAll("hostile") String first, @ForAll("hostile") String second) {
    ChatMessage question = new ChatMessage(Role.USER, first);
    String before = ChatFormat.chatMl().render(new Conversation(List.of(question), false));
    String after =
        ChatFormat.chatMl()
            .render(
                new Conversation(
                    List.of(
                        question,
                        new ChatMessage(Role.ASSISTANT, "yes"),
                        new ChatMessage(Role.USER, second)),
                    false));

    assertThat(after).startsWith(before);
  }

  @Example
  void newConversation_noMessages_isRefused() {
    assertThatThrownBy(() -> new Conversation(List.of(), false))
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
    return ChatFormat.chatMl()
        .render(new Conversation(List.of(new ChatMessage(Role.USER, text)), false));
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }
}
