package io.rkllm.tools.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.internal.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** An answer that a format writes is read back as the same answer. */
class RenderedAnswersTest {
  private static final ChatMessage QUESTION = new ChatMessage.User("x");
  private static final String MARK = "Zq";
  private static final Pattern MARK_OF_THINKING =
      Pattern.compile("(<think>\\s*(</think>\\s*)?|<\\|channel>thought\\s*<channel\\|>)$");
  private static final List<ToolDeclaration> TOOLS =
      List.of(
          new ToolDeclaration(
              "look_up",
              "Looks up.",
              "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"},\"list\":"
                  + "{\"type\":\"array\"},\"number\":{\"type\":\"number\"},\"flag\":"
                  + "{\"type\":\"boolean\"},\"object\":{\"type\":\"object\"}}}"));

  @Property(tries = 1000)
  void answer_renderedAndRead_isTheSame(
      @ForAll("families") Family family, @ForAll("answers") ChatMessage.Assistant answer) {
    ChatMessage.Assistant written = suited(family, answer);
    Conversation asked =
        new Conversation(List.of(QUESTION), family.knowsTools() ? TOOLS : List.of(), true);

    String said = said(family, asked, written);
    ChatMessage.Assistant read = family.format().read(asked, said);

    assertThat(read.text().strip()).as(said).isEqualTo(written.text());
    assertThat(read.toolCalls()).as(said).hasSameSizeAs(written.toolCalls());
    for (int i = 0; i < read.toolCalls().size(); i++) {
      assertThat(read.toolCalls().get(i).name()).isEqualTo(written.toolCalls().get(i).name());
      assertThat(Json.tree(read.toolCalls().get(i).arguments()))
          .as(said)
          .isEqualTo(Json.tree(written.toolCalls().get(i).arguments()));
    }
    if (said.contains(written.thinking())) { // families that write it
      assertThat(read.thinking().strip()).as(said).isEqualTo(written.thinking());
    }
  }

  /** Returns the part of an answer that the family can write in one turn. */
  private static ChatMessage.Assistant suited(Family family, ChatMessage.Assistant answer) {
    if (!family.knowsTools() || answer.toolCalls().isEmpty()) {
      return new ChatMessage.Assistant(answer.text(), answer.thinking(), List.of());
    }
    return family.hasTurnsForCalls()
        ? new ChatMessage.Assistant("", answer.thinking(), answer.toolCalls().subList(0, 1))
        : answer;
  }

  /**
   * Returns the answer of the model: the text that a later prompt has after the prompt of the
   * question.
   */
  private static String said(Family family, Conversation asked, ChatMessage.Assistant answer) {
    String before = family.format().render(asked);
    String after = rendered(family, asked, answer);
    after = after.substring(0, after.length() - tail(family, asked, answer));
    if (after.startsWith(before)) {
      return after.substring(before.length());
    }
    // The thinking that the prompt began is not kept.
    String question = MARK_OF_THINKING.matcher(before).replaceFirst("");
    assertThat(after).startsWith(question);
    String opened = before.substring(question.length());
    boolean closed =
        opened.isEmpty() || opened.contains("</think>") || opened.contains("<channel|>");
    return (closed ? "" : "Hm</think>") + after.substring(question.length());
  }

  private static String rendered(Family family, Conversation asked, ChatMessage answer) {
    return family.format().render(asked.withMessages(List.of(QUESTION, answer)));
  }

  /** The length of what follows an answer: its end, and the beginning of the next one. */
  private static int tail(Family family, Conversation asked, ChatMessage.Assistant answer) {
    if (family.name().equals("GEMMA_4") && !answer.toolCalls().isEmpty()) {
      return 0; // the turn goes on
    }
    String after = rendered(family, asked, new ChatMessage.Assistant(MARK));
    return after.length() - after.lastIndexOf(MARK) - MARK.length();
  }

  @Provide
  Arbitrary<Family> families() {
    return Arbitraries.of(Family.ALL);
  }

  @Provide
  Arbitrary<ChatMessage.Assistant> answers() {
    Arbitrary<List<ToolCall>> calls = calls().list().ofMaxSize(3);
    return Combinators.combine(texts(), texts(), calls)
        .as(
            (text, thinking, all) ->
                new ChatMessage.Assistant(
                    all.isEmpty() || text.length() % 2 == 0 ? "Sure " + text : "",
                    "Hm, " + thinking,
                    numbered(all)));
  }

  private static List<ToolCall> numbered(List<ToolCall> calls) {
    List<ToolCall> numbered = new ArrayList<>();
    for (ToolCall call : calls) {
      numbered.add(new ToolCall("abcdefgh" + numbered.size(), call.name(), call.arguments()));
    }
    return numbered;
  }

  private static Arbitrary<ToolCall> calls() {
    return Combinators.combine(
            values(),
            texts().list().ofMaxSize(3),
            Arbitraries.integers(),
            Arbitraries.of(true, false))
        .as(
            (text, list, number, flag) ->
                new ToolCall(
                    "",
                    "look_up",
                    Json.write(
                        Map.of(
                            "text", text,
                            "list", list,
                            "number", number,
                            "flag", flag,
                            "object", Map.of("a", list)))));
  }

  /** Words as models write them, over several lines. */
  private static Arbitrary<String> texts() {
    return Arbitraries.of(
            "a", "é", "你好", "🙂", "it's", "1.5", "a, b", "x: y", "C:\\x", "two\nlines", "(a)")
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(parts -> String.join(" ", parts));
  }

  /** The same with what looks like notation. */
  private static Arbitrary<String> values() {
    return Arbitraries.oneOf(
        texts(),
        Arbitraries.of(
            "", "\"", "{\"a\": [1]}", "true", "12", "null", "a=b", "[x](y)", "\\n", "'"));
  }
}
