package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.FinishReason;
import io.rkllm.GenerationOptions;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.file.ModelFile;
import io.rkllm.input.TokenPrompt;
import io.rkllm.simulator.SimulatorModelFile;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.format.ModelFileChat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One turn: text, thinking, calls, JSON, corrections, cancellation. */
@Timeout(30)
class ChatTurnTest {
  private static final Conversation QUESTION =
      Conversation.of(List.of(new ChatMessage.User("A city?")));
  private static final Conversation WITH_TOOLS =
      QUESTION.withTools(
          List.of(
              new ToolDeclaration("walk", "", "{\"type\":\"object\",\"properties\":{}}"),
              new ToolDeclaration("ride", "", "{\"type\":\"object\",\"properties\":{}}")));
  private static final AnswerSchema CITY =
      AnswerSchema.of(
          """
          {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""");

  private final Deque<String> answers = new ArrayDeque<>();
  private final ScriptedRuntime runtime =
      ScriptedTools.answering(_ -> answers.removeFirst()).withPromptTokens(_ -> 7);
  private final RkllmModel model = ScriptedTools.load(runtime);
  private final List<ChatEvent> events = new ArrayList<>();

  @AfterEach
  void close() {
    model.close();
  }

  private ChatTurn.Builder turn(Conversation conversation) {
    return ChatTurn.builder(model, conversation).onEvent(events::add);
  }

  private String textOfEvents() {
    StringBuilder text = new StringBuilder();
    for (ChatEvent event : events) {
      switch (event) {
        case ChatEvent.TextDelta delta -> text.append(delta.text());
        case ChatEvent.MalformedToolCall call -> text.append(call.text());
        default -> {}
      }
    }
    return text.toString();
  }

  @Test
  void run_textThinkingAndCalls_areCollectedAndReported() {
    answers.add("<think>\nHm.\n</think>\n\nLet us. " + ScriptedTools.call("walk", "{}"));

    ChatAnswer answer = turn(WITH_TOOLS.withThinking(true)).build().run();

    assertThat(answer.thinking().strip()).isEqualTo("Hm.");
    assertThat(answer.text().strip()).isEqualTo("Let us.");
    assertThat(answer.calls()).extracting(ToolCall::name).containsExactly("walk");
    assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(answer.callsTools()).isTrue();
    assertThat(answer.promptTokens()).isEqualTo(7);
    assertThat(answer.generatedTokens()).isEqualTo(answer.stats().generatedTokens()).isPositive();
    assertThat(textOfEvents()).isEqualTo(answer.text());
    assertThat(events).last().isInstanceOf(ChatEvent.Finished.class);
  }

  @Test
  void run_callThatCannotBeParsed_isPartOfTheText() {
    answers.add("<tool_call>\nwalk, please\n</tool_call>");

    ChatAnswer answer = turn(WITH_TOOLS).build().run();

    assertThat(answer.calls()).isEmpty();
    assertThat(answer.text()).contains("walk, please").isEqualTo(textOfEvents());
  }

  @Test
  void run_answerThatViolatesTheSchema_isCorrectedAndNotReported() {
    answers.addAll(List.of("It is Bremen.", "Sorry: {'city': 'Bremen'}"));

    ChatAnswer answer = turn(QUESTION).schema(CITY).build().run();

    assertThat(answer.text()).isEqualTo("{\"city\":\"Bremen\"}");
    assertThat(answer.promptTokens()).isEqualTo(14);
    assertThat(answer.generatedTokens()).isGreaterThan(answer.stats().generatedTokens());
    assertThat(events)
        .hasSize(2)
        .first()
        .isEqualTo(new ChatEvent.TextDelta("{\"city\":\"Bremen\"}", "{\"city\":\"Bremen\"}"));
    assertThat(ScriptedTools.told(runtime))
        .satisfiesExactly(
            first -> assertThat(first).startsWith("A city?").contains("JSON Schema"),
            second -> assertThat(second).contains("no complete JSON object"));
  }

  @Test
  void run_secondAnswerThatViolatesTheSchema_failsWithoutEvents() {
    answers.addAll(List.of("It is Bremen.", "It is."));

    assertThatThrownBy(() -> turn(QUESTION).schema(CITY).build().run())
        .isInstanceOf(StructuredOutputException.class);

    assertThat(events).isEmpty();
  }

  @Test
  void run_withSchema_callsAndCutAnswersAreNotValidated() {
    answers.addAll(List.of(ScriptedTools.call("ride", "{}"), "{\"city\": \"Bremen\"}"));
    ChatTurn.Builder turn = turn(WITH_TOOLS).schema(CITY);

    assertThat(turn.build().run().calls()).hasSize(1);
    assertThat(events).anyMatch(ChatEvent.ToolCallCompleted.class::isInstance);
    GenerationOptions two = GenerationOptions.builder().maxNewTokens(2).build();
    ChatAnswer cut = turn.options(two).build().run();
    assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(cut.text()).isEqualTo("{\"city");
  }

  @Test
  void run_toolRequired_promptEndsInsideACall() {
    answers.add("walk\", \"arguments\": {}}\n</tool_call>");

    ChatAnswer answer = turn(WITH_TOOLS).toolRequired(true).schema(CITY).build().run();

    assertThat(answer.calls()).extracting(ToolCall::name).containsExactly("walk");
    assertThat(answer.text()).isEmpty();
    assertThat(ScriptedRuntime.promptOf(runtime.requests().getFirst()))
        .endsWith("<tool_call>\n{\"name\": \"")
        .doesNotContain("JSON Schema");
  }

  @Test
  void run_toolRequiredAndNoneIsCalled_failsWithTheAnswer() {
    answers.add("I would rather talk.");

    assertThatThrownBy(() -> turn(WITH_TOOLS).toolRequired(true).build().run())
        .isInstanceOf(StructuredOutputException.class)
        .hasMessageContaining("called no tool")
        .hasMessageContaining("rather talk");
    assertThat(events).isEmpty();
  }

  @Test
  void build_toolRequiredWithoutTools_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> turn(QUESTION).toolRequired(true).build())
        .withMessageContaining("no tools");
  }

  @Test
  void build_modelWithoutChatFormat_isRefused() {
    try (RkllmModel raw = RkllmModel.builder(Path.of("raw")).runtime(runtime).load()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ChatTurn.builder(raw, QUESTION).build())
          .withMessageContaining("chatFormat");
    }
  }

  /** Returns a runtime whose answer does not continue before it is aborted. */
  private static ScriptedRuntime untilAborted() {
    AtomicReference<ScriptedRuntime> self = new AtomicReference<>();
    self.set(
        ScriptedRuntime.answering(
            _ ->
                Script.of("This is ", "the beginning. ")
                    .then(() -> await().until(() -> self.get().aborts() > 0))
                    .then("And ", "this.")));
    return self.get();
  }

  @Test
  void cancel_fromAnEvent_endsTheAnswerThere() {
    try (RkllmModel slow = ScriptedTools.load(untilAborted())) {
      ChatTurn[] turn = new ChatTurn[1];
      turn[0] = ChatTurn.builder(slow, QUESTION).onEvent(_ -> turn[0].cancel()).build();

      ChatAnswer answer = turn[0].run();

      assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(answer.text()).doesNotContain("this.");
      assertThat(answer.callsTools()).isFalse();
    }
  }

  @Test
  void cancel_beforeTheTurnRuns_endsItWithoutACorrection() {
    ScriptedRuntime aborted = untilAborted();
    try (RkllmModel slow = ScriptedTools.load(aborted)) {
      ChatTurn turn = ChatTurn.builder(slow, QUESTION).schema(CITY).build();

      turn.cancel();

      assertThat(turn.run().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(aborted.requests()).hasSizeLessThanOrEqualTo(1);
    }
  }

  @Test
  void run_listenerThrows_stopsTheGenerationAndThrowsThat() {
    answers.add("an answer");
    IllegalStateException failure = new IllegalStateException("full");
    ChatTurn turn =
        ChatTurn.builder(model, QUESTION)
            .onEvent(
                _ -> {
                  throw failure;
                })
            .build();

    assertThatThrownBy(turn::run).isSameAs(failure);
  }

  @Test
  void run_modelClosed_fails() {
    ChatTurn turn = turn(QUESTION).build();
    model.close();

    assertThatThrownBy(turn::run).isInstanceOf(ModelClosedException.class);
  }

  @Test
  void prompt_ofATemplateThatLeavesOutTheBeginToken_hasNone(@TempDir Path folder)
      throws IOException {
    Path file =
        SimulatorModelFile.of("RKLLM-SIMULATOR-MODEL 1\nname: tiny\n")
            .architecture("other")
            .byteTokens()
            .number("tokenizer.ggml.bos_token_id", 256)
            .flag("tokenizer.ggml.add_bos_token", true)
            .chatTemplate("{% for m in messages %}[{{ m.content }}]{% endfor %}")
            .write(folder.resolve("tiny.rkllm"));
    ScriptedRuntime own = ScriptedRuntime.answering(_ -> Script.of("yes"));
    try (RkllmModel begun =
        RkllmModel.builder(file)
            .runtime(own)
            .chatFormat(ModelFileChat.formatOf(ModelFile.read(file)).orElseThrow())
            .load()) {
      ChatTurn.builder(begun, QUESTION).build().run();

      TokenPrompt passed = (TokenPrompt) own.requests().getFirst().input();
      assertThat(passed.ids()).doesNotContain(256);
      assertThat(passed.tokens()).isEqualTo(begun.countTokens(QUESTION).getAsInt());
    }
  }
}
