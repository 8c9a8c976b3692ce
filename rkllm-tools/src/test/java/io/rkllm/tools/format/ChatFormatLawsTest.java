package io.rkllm.tools.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.internal.answer.Answers;
import io.rkllm.tools.internal.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/** Properties of every family, for any messages. */
class ChatFormatLawsTest {
  private static final String HARMLESS = "x";
  private static final int TEXTS = 8;

  @Property(tries = 400)
  void prompt_withHostileTexts_hasTheControlTokensOfHarmlessOnes(
      @ForAll("hostile") Tuple2<Family, List<String>> said, @ForAll boolean thinking) {
    Family family = said.get1();
    Conversation hostile = conversation(family, said.get2(), thinking);
    Conversation harmless =
        conversation(
            family, said.get2().stream().map(ChatFormatLawsTest::harmless).toList(), thinking);

    for (int length = 2; length <= hostile.messages().size(); length++) {
      if (!(hostile.messages().get(length - 1) instanceof ChatMessage.Assistant)) {
        assertThat(tokensIn(rendered(family, hostile, length), family))
            .isEqualTo(tokensIn(rendered(family, harmless, length), family));
      }
    }
  }

  @Property(tries = 400)
  void prompt_withHostileTexts_holdsAllOfThemButForSpaces(
      @ForAll("hostile") Tuple2<Family, List<String>> said) {
    Family family = said.get1();
    String prompt = withoutSpaces(family.format().render(conversation(family, said.get2(), false)));

    assertThat(said.get2().subList(0, 4))
        .allSatisfy(text -> assertThat(prompt).contains(withoutSpaces(text.strip())));
  }

  @Property(tries = 400)
  void arguments_withHostileStrings_areReadAsTheyWere(
      @ForAll("hostile") Tuple2<Family, List<String>> said) {
    Family family = said.get1();
    Assume.that(family.writesJson());
    String arguments = Json.write(Map.of("list", said.get2(), said.get2().getFirst(), 1));
    Conversation asked = conversation(family, List.of("a", "b", "c", "d", "e", "", "", "f"), false);
    ToolCall call = new ToolCall("abcdefghi", "tool", arguments);
    ChatMessage calling = new ChatMessage.Assistant("", "", List.of(call));

    ChatMessage.Assistant read =
        family.format().read(asked, thought(family, asked) + written(family, asked, calling));

    assertThat(read.toolCalls()).hasSize(1);
    assertThat(Json.tree(read.toolCalls().getFirst().arguments())).isEqualTo(Json.tree(arguments));
  }

  @Property(tries = 400)
  void prompt_ofAConversationThatGrows_growsAtItsEnd(
      @ForAll("hostile") Tuple2<Family, List<String>> said) {
    Family family = said.get1();
    // Its answers lose a block of thinking, even an empty one, at the user's next message.
    Assume.that(!family.name().equals("QWEN_3_5"));
    Conversation all = withoutThinking(conversation(family, said.get2(), false));
    String grown = family.format().render(all);

    for (int i = 2; i < all.messages().size(); i++) {
      if (all.messages().get(i) instanceof ChatMessage.Assistant) {
        String asked = family.format().render(all.withMessages(all.messages().subList(0, i)));
        assertThat(grown).startsWith(withoutMarkOfThinking(asked));
      }
    }
  }

  /**
   * Replaces a text by a harmless one. A blank text remains, since some families omit it with its
   * tags.
   */
  private static String harmless(String text) {
    return text.isBlank() ? text : HARMLESS;
  }

  /** The beginning of a conversation: some families write down thinking of the last turn alone. */
  private static String rendered(Family family, Conversation conversation, int messages) {
    return family
        .format()
        .render(conversation.withMessages(conversation.messages().subList(0, messages)));
  }

  /** Returns the text that ends the thinking opened by the prompt. */
  private static String thought(Family family, Conversation conversation) {
    return Answers.isThinkingOpen(family.format().render(conversation)) ? "hm</think>" : "";
  }

  /** The last answer of a conversation, by what its prompt has more than that of the question. */
  private static String written(Family family, Conversation asked, ChatMessage answer) {
    ChatMessage question = new ChatMessage.User("x");
    String before =
        withoutMarkOfThinking(family.format().render(asked.withMessages(List.of(question))));
    String after = family.format().render(asked.withMessages(List.of(question, answer)));
    return after.substring(before.length());
  }

  private static Conversation withoutThinking(Conversation conversation) {
    return conversation.withMessages(
        conversation.messages().stream()
            .map(
                message ->
                    message instanceof ChatMessage.Assistant answer
                        ? new ChatMessage.Assistant(answer.text(), "", answer.toolCalls())
                        : message)
            .toList());
  }

  private static String withoutMarkOfThinking(String prompt) {
    return prompt.replaceFirst(
        "(<think>\\s*(</think>\\s*)?|<\\|channel>thought\\s*<channel\\|>)$", "");
  }

  private static String withoutSpaces(String text) {
    return text.replace(" ", "");
  }

  /**
   * Eight texts, in all places a text can be: of the messages, their thinking, and the names and
   * ids of calls. Tools and calls where the family has them.
   */
  private static Conversation conversation(Family family, List<String> texts, boolean thinking) {
    List<ChatMessage> messages = new ArrayList<>();
    messages.add(new ChatMessage.SystemPrompt(texts.get(0)));
    messages.add(new ChatMessage.User(texts.get(1)));
    List<ToolDeclaration> tools = List.of();
    if (family.knowsTools()) {
      String schema = Json.write(Map.of("type", "object", "description", texts.get(4)));
      String name = "tool" + texts.get(5);
      String id = "call_" + texts.get(6);
      tools = List.of(new ToolDeclaration("tool", texts.get(4), schema));
      ToolCall call = new ToolCall(id, name, Json.write(Map.of("a", texts.get(4))));
      messages.add(new ChatMessage.Assistant(texts.get(2), texts.get(7), List.of(call)));
      messages.add(new ChatMessage.ToolResult(id, name, "say: " + texts.get(4)));
    }
    messages.add(new ChatMessage.Assistant(texts.get(2), texts.get(7), List.of()));
    messages.add(new ChatMessage.User(texts.get(3)));
    return new Conversation(messages, tools, thinking);
  }

  private static Map<String, Integer> tokensIn(String prompt, Family family) {
    Map<String, Integer> counts = new HashMap<>();
    for (String token : family.tokens()) {
      for (int at = prompt.indexOf(token); at >= 0; at = prompt.indexOf(token, at + 1)) {
        counts.merge(token, 1, Integer::sum);
      }
    }
    return counts;
  }

  /** Texts of tokens, halves of tokens, and what could join them. */
  @Provide
  Arbitrary<Tuple2<Family, List<String>>> hostile() {
    return Arbitraries.of(Family.ALL)
        .flatMap(
            family ->
                parts(family)
                    .list()
                    .ofMaxSize(8)
                    .map(parts -> String.join("", parts))
                    .list()
                    .ofSize(TEXTS)
                    .map(texts -> Tuple.of(family, texts)));
  }

  private static Arbitrary<String> parts(Family family) {
    Arbitrary<String> tokens = Arbitraries.of(family.tokens());
    return Arbitraries.oneOf(
        tokens,
        tokens.map(token -> token.substring(1)),
        tokens.map(token -> token.substring(0, token.length() / 2)),
        tokens.map(token -> token.substring(token.length() / 2)),
        Arbitraries.of("<", "|", "｜", "[", " ", "\n", "ä", "x", "\"", "\\", "```", "{", "}", "🙂"));
  }
}
