package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations of messages, tools and thinking, as stand-alone runs and as turns of a session. */
@Timeout(30)
class ConversationTest {
  private static final GenerationOptions DEFAULTS = GenerationOptions.defaults();
  private static final ToolDeclaration TOOL = new ToolDeclaration("clock", "the time", "{}");

  private final int number = new Random().nextInt(1_000_000);
  private final List<Conversation> rendered = new ArrayList<>(); // on the model's thread
  private final List<Conversation> answered = new ArrayList<>();

  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(prompt -> Script.of("re: ", prompt.substring(0, 3)));

  /** Renders messages as lines, and reads an answer as a call of the tool of that name. */
  private final class Lines implements ChatFormat {
    @Override
    public String render(Conversation conversation) {
      rendered.add(conversation);
      return "%03d ".formatted(conversation.messages().size())
          + conversation.messages().stream()
              .map(message -> message.role().label() + " " + message.text())
              .collect(Collectors.joining("\n"));
    }

    @Override
    public ChatMessage.Assistant read(Conversation conversation, String answer) {
      answered.add(conversation);
      return switch (conversation.messages().getLast().text()) {
        case "throw" -> throw new IllegalStateException("planted");
        case "null" -> giveNull();
        case "error" -> throw new StackOverflowError("planted");
        default -> new ChatMessage.Assistant("", "thought", List.of(call(answer)));
      };
    }

    @SuppressWarnings("NullAway") // null is what is tested
    private static ChatMessage.Assistant giveNull() {
      return null;
    }
  }

  private static ToolCall call(String name) {
    return new ToolCall("call", name, "{}");
  }

  @Test
  void model_conversation_isRenderedWhole() {
    List<ChatMessage> messages =
        List.of(
            new ChatMessage.SystemPrompt("Be brief."),
            new ChatMessage.User("question " + number),
            new ChatMessage.Assistant("", "", List.of(call("clock"))),
            new ChatMessage.ToolResult("call", "clock", "12:" + number));
    Conversation conversation = new Conversation(messages, List.of(TOOL), true);
    try (RkllmModel model = loadFormatted()) {
      assertThat(model.generate(conversation, DEFAULTS).text()).isEqualTo("re: 004");
    }

    assertThat(rendered).containsExactly(conversation);
    assertThat(answered).isEmpty(); // there is no history to update
    assertThat(ScriptedRuntime.promptOf(runtime.requests().getFirst()))
        .endsWith("user question " + number + "\nassistant \ntool 12:" + number);
  }

  @Test
  void session_turns_growByTheirMessagesAndTheAnswersAsRead() {
    SessionOptions options = SessionOptions.builder().systemPrompt("Be brief.").build();
    Conversation question =
        new Conversation(List.of(new ChatMessage.User("q" + number)), List.of(TOOL), true);
    List<ChatMessage> results =
        List.of(
            new ChatMessage.ToolResult("call", "clock", "first " + number),
            new ChatMessage.ToolResult("call", "clock", "second"));
    try (RkllmModel model = loadFormatted();
        InferenceSession session = model.openSession(options)) {
      Generation first = session.generate(question, DEFAULTS); // without waiting for it
      session.generate(Conversation.of(results), DEFAULTS).text();
      session.generate("and now?").text();
      assertThat(first.text()).isEqualTo("re: 002");
    }

    assertThat(rendered.get(0))
        .isEqualTo(
            question.withMessages(
                List.of(
                    new ChatMessage.SystemPrompt("Be brief."),
                    new ChatMessage.User("q" + number))));
    assertThat(rendered.get(1).tools()).isEmpty(); // tools and thinking apply to one turn only
    assertThat(rendered.get(1).thinking()).isFalse();
    assertThat(rendered.get(2).messages())
        .containsExactly(
            new ChatMessage.SystemPrompt("Be brief."),
            new ChatMessage.User("q" + number),
            new ChatMessage.Assistant("", "thought", List.of(call("re: 002"))),
            results.get(0),
            results.get(1),
            new ChatMessage.Assistant("", "thought", List.of(call("re: 005"))),
            new ChatMessage.User("and now?"));
    assertThat(answered).isEqualTo(rendered); // each answer is read with its conversation
  }

  @ParameterizedTest
  @ValueSource(strings = {"throw", "null", "error"})
  void session_answerThatCannotBeRead_failsThatTurnAndLeavesNoTrace(String how) {
    try (RkllmModel model = loadFormatted();
        InferenceSession session = model.openSession()) {
      Generation broken = session.generate(how);
      assertThatThrownBy(broken::text)
          .isInstanceOfSatisfying(
              InferenceException.class,
              failure -> assertThat(failure.partialText()).isEqualTo("re: 001"))
          .hasMessageContaining(how.equals("null") ? "ChatFormat.read()" : "planted");

      assertThat(session.generate("next").text()).isEqualTo("re: 001");
      assertThat(model.generate("alone").text()).isEqualTo("re: 001");
    }
  }

  @Test
  void runtimeTemplate_conversation_isRefusedWithTheWayOut() {
    Conversation conversation = Conversation.of(List.of(new ChatMessage.User("q")));
    try (RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load()) {
      assertThatThrownBy(() -> model.generate(conversation, DEFAULTS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("chatFormat");
      try (InferenceSession session = model.openSession()) {
        assertThatThrownBy(() -> session.generate(conversation, DEFAULTS))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("chatFormat");
        assertThat(session.generate("still works").text()).isEqualTo("re: sti");
      }
    }
  }

  @Test
  void batchModel_conversation_isRefusedWithTheWayOut() {
    Conversation conversation = Conversation.of(List.of(new ChatMessage.User("q")));
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted"))
            .runtime(runtime)
            .chatFormat(new Lines())
            .batchSize(2)
            .load()) {
      assertThatThrownBy(() -> model.generate(conversation, DEFAULTS))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("batches of 2", "generateBatch");
    }
    assertThat(rendered).isEmpty();
  }

  private RkllmModel loadFormatted() {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime).chatFormat(new Lines()).load();
  }
}
