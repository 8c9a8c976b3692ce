package io.rkllm.tools;

import static io.rkllm.tools.ScriptedTools.answering;
import static io.rkllm.tools.ScriptedTools.call;
import static io.rkllm.tools.ScriptedTools.load;
import static io.rkllm.tools.ScriptedTools.told;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.GenerationOptions;
import io.rkllm.InferenceException;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolReturned.Outcome;
import io.rkllm.tools.format.ChatFormats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages that the model receives about its tool calls, and the end of a question. */
@Timeout(30)
class ToolSessionTest {
  record Value(int value) {}

  private final int number = new Random().nextInt(1_000_000);
  private final List<Integer> ran = new CopyOnWriteArrayList<>();

  /** A tool that gives its argument back, plus a random number. */
  private final ToolSet adding = tools("add", arguments -> arguments.value() + number);

  private ToolSet tools(String name, ToolFunction<Value> function) {
    return ToolSet.builder()
        .add(
            name,
            "",
            Value.class,
            arguments -> {
              ran.add(arguments.value());
              return function.call(arguments);
            })
        .build();
  }

  private static String add(int value) {
    return call("add", "{\"value\": " + value + "}");
  }

  /** Calls once and then repeats what it is told. */
  private static ScriptedRuntime callingOnce(String call) {
    return answering(told -> told.equals("go") ? call : "I was told " + told);
  }

  // ---- Calls and results

  @Test
  void call_runsOnce_andItsResultReachesTheModel() {
    ScriptedRuntime runtime = callingOnce("Let me see. " + add(7));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).systemPrompt("Be brief.").open()) {
      ToolGenerationResult result = session.generate("go").await();

      assertThat(result.text()).contains("I was told", Integer.toString(number + 7));
      assertThat(result.finishReason()).isEqualTo(ToolFinishReason.ANSWERED);
      assertThat(result.runs()).hasSize(2);
      assertThat(result.returned()).hasSize(1);
      assertThat(result.returned().getFirst().outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(ran).containsExactly(7);
    }
    assertThat(ScriptedRuntime.promptOf(runtime.requests().getFirst()))
        .contains("Be brief.", "\"add\"");
  }

  @Test
  void parallelCalls_returningInAnyOrder_areReportedInTheOrderOfTheCalls() throws Exception {
    List<Integer> values = new Random().ints(0, 1000).distinct().limit(3).boxed().toList();
    CountDownLatch[] returned = {new CountDownLatch(1), new CountDownLatch(1)};
    ToolSet tools =
        tools(
            "add",
            arguments -> {
              int place = values.indexOf(arguments.value());
              if (place < 2) {
                returned[place].await(); // the last returns first
              }
              return arguments.value() + number;
            });
    ScriptedRuntime runtime =
        callingOnce(add(values.get(0)) + add(values.get(1)) + add(values.get(2)));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, tools).open();
        ToolGeneration generation = session.generate("go")) {
      List<String> order = new ArrayList<>();
      for (var event : generation) {
        if (event instanceof ToolReturned one) {
          order.add(one.result().text());
          int next = 2 - order.size();
          if (next >= 0) {
            returned[next].countDown();
          }
        }
      }
      List<String> inOrder = values.stream().map(v -> Integer.toString(v + number)).toList();
      assertThat(order).containsExactlyElementsOf(inOrder.reversed());
      assertThat(generation.await().returned())
          .extracting(one -> one.result().text())
          .containsExactlyElementsOf(inOrder);
      assertThat(told(runtime).getLast()).containsSubsequence(inOrder);
    }
  }

  @Test
  void oneAtATime_callsRunInTheirOrder() {
    AtomicInteger running = new AtomicInteger();
    ToolSet tools =
        tools(
            "add",
            arguments -> {
              assertThat(running.incrementAndGet()).isOne();
              running.decrementAndGet();
              return "fine";
            });
    List<Integer> values = IntStream.range(0, 20).boxed().toList();
    ScriptedRuntime runtime =
        callingOnce(String.join("", values.stream().map(ToolSessionTest::add).toList()));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, tools).maxParallelCalls(1).open()) {
      assertThat(session.generate("go").await().returned())
          .hasSize(20)
          .allMatch(one -> one.outcome() == Outcome.SUCCEEDED);
      assertThat(ran).isEqualTo(values);
    }
  }

  @Test
  void idsOfCalls_areThoseOfTheHistoryAndOfTheEvents() throws Exception {
    List<Conversation> conversations = new CopyOnWriteArrayList<>();
    ChatFormat recording =
        new ChatFormat() {
          @Override
          public String render(Conversation conversation) {
            conversations.add(conversation);
            return ChatFormats.qwen3().render(conversation);
          }

          @Override
          public ChatMessage.Assistant read(Conversation conversation, String answer) {
            return ChatFormats.qwen3().read(conversation, answer);
          }
        };
    ScriptedRuntime runtime =
        answering(told -> told.equals("go") || told.equals("again") ? add(1) + add(2) : "ok");
    List<String> ids = new ArrayList<>();
    try (RkllmModel model = load(runtime, recording);
        ToolSession session = ToolSession.builder(model, adding).open()) {
      for (String question : List.of("go", "again")) {
        for (var event : session.generate(question)) {
          if (event instanceof ChatEvent.ToolCallCompleted completed) {
            ids.add(completed.call().id());
          }
        }
      }
    }
    List<ChatMessage> last = conversations.getLast().messages();
    assertThat(ids).hasSize(4).doesNotHaveDuplicates();
    assertThat(last.stream().filter(ChatMessage.Assistant.class::isInstance))
        .flatExtracting(message -> ((ChatMessage.Assistant) message).toolCalls())
        .extracting(ToolCall::id)
        .isEqualTo(ids);
    assertThat(last.stream().filter(ChatMessage.ToolResult.class::isInstance))
        .extracting(message -> ((ChatMessage.ToolResult) message).callId())
        .isEqualTo(ids);
  }

  @Test
  void answersThatBeginInThinking_areReadSo() {
    ScriptedRuntime runtime =
        answering(told -> told.equals("go") ? "hm</think>\n\n" + add(1) : "well</think>\n\nDone.");
    try (RkllmModel model = load(runtime, ChatFormats.qwen3Thinking());
        ToolSession session = ToolSession.builder(model, adding).open()) {
      ToolGenerationResult result = session.generate("go").await();

      assertThat(result.thinking()).isEqualTo("well");
      assertThat(result.text()).isEqualTo("Done.");
      assertThat(ran).containsExactly(1);
    }
  }

  @Test
  void callInAnotherDialectThanTheFormats_runsAndIsKeptAsACall() {
    ScriptedRuntime runtime =
        answering(
            told ->
                told.equals("go")
                    ? "{\"name\": \"add\", \"parameters\": {\"value\": 1}}"
                    : "I was told " + told);
    try (RkllmModel model = load(runtime, ChatFormats.qwen3());
        ToolSession session = ToolSession.builder(model, adding).open()) {
      assertThat(session.generate("go").text()).contains("I was told", "" + (1 + number));
      assertThat(ran).containsExactly(1);
    }
    assertThat(runtime.requests().getLast().input())
        .asString()
        .contains("<tool_call>\n{\"name\": \"add\", \"arguments\"");
  }

  // ---- What goes wrong

  @Test
  void failingTool_isReportedByItsMessage_withoutAStackTrace() {
    assertOutcome(
        tools(
            "add",
            arguments -> {
              throw new IllegalStateException("no \"power\" " + number);
            }),
        add(1),
        Outcome.FAILED,
        "{\"error\":\"no \\\"power\\\" " + number + "\"}");
  }

  @Test
  void toolThatThrowsAnError_isAFailureOfTheCall() {
    assertOutcome(
        tools("add", arguments -> overflow(arguments.value())),
        add(1),
        Outcome.FAILED,
        "{\"error\":\"StackOverflowError\"}");
  }

  private static int overflow(int depth) {
    return depth == Integer.MIN_VALUE ? 0 : overflow(depth | 1) + 1;
  }

  @Test
  void unknownTool_isToldWithThoseThereAre() {
    ToolReturned returned =
        assertOutcome(adding, call("subtract", "{}"), Outcome.UNKNOWN_TOOL, "subtract");
    assertThat(returned.result().text()).contains("add");
    assertThat(ran).isEmpty();
  }

  @Test
  void badArguments_areRepairedOnTheSecondTry() {
    ScriptedRuntime runtime =
        answering(
            told -> {
              if (told.equals("go")) {
                return call("add", "{\"value\": \"many\"}");
              }
              return told.contains("error") ? add(5) : "It is " + told;
            });
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).open()) {
      ToolGenerationResult result = session.generate("go").await();

      assertThat(result.returned())
          .extracting(ToolReturned::outcome)
          .containsExactly(Outcome.INVALID_ARGUMENTS, Outcome.SUCCEEDED);
      assertThat(result.text()).contains(Integer.toString(number + 5));
      assertThat(ran).containsExactly(5);
      assertThat(told(runtime).get(1)).contains("value");
    }
  }

  @Test
  void malformedCall_isReportedAndThenRepaired() {
    ScriptedRuntime runtime =
        answering(
            told -> {
              if (told.equals("go")) {
                return "<tool_call>\n{\"name\": \"add\", \"arguments\": [[}\n</tool_call>";
              }
              return told.contains("could not be read") ? add(6) : "It is " + told;
            });
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).open()) {
      ToolGenerationResult result = session.generate("go").await();

      assertThat(result.text()).contains(Integer.toString(number + 6));
      assertThat(ran).containsExactly(6);
    }
  }

  @Test
  void hangingTool_isInterruptedAndLeftAlone_whateverItDoes() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    ToolSet tools =
        tools(
            "add",
            arguments -> {
              while (release.getCount() > 0) {
                try {
                  release.await();
                } catch (InterruptedException e) {
                  interrupted.countDown(); // and goes on
                }
              }
              return "too late";
            });
    ScriptedRuntime runtime = callingOnce(add(1));
    try (RkllmModel model = load(runtime);
        ToolSession session =
            ToolSession.builder(model, tools).callTimeout(Duration.ofMillis(50)).open()) {
      ToolGenerationResult result = session.generate("go").await();
      interrupted.await();
      release.countDown();

      assertThat(result.returned())
          .extracting(ToolReturned::outcome)
          .containsExactly(Outcome.TIMED_OUT);
      assertThat(result.text()).contains("0.05 s").doesNotContain("too late");
    }
  }

  @Test
  void errorMessage_isTheHooks_unlessThatFails() {
    Function<Throwable, String> hook =
        thrown -> {
          if (thrown.getMessage().equals("known")) {
            return "words " + number;
          }
          throw new IllegalStateException("planted");
        };
    ToolSet tools =
        tools(
            "add",
            arguments -> {
              throw new IllegalArgumentException(arguments.value() == 1 ? "known" : "unknown");
            });
    ScriptedRuntime runtime = callingOnce(add(1) + add(2));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, tools).errorMessage(hook).open()) {
      assertThat(session.generate("go").await().returned())
          .extracting(one -> one.result().text())
          .containsExactly("{\"error\":\"words " + number + "\"}", "{\"error\":\"unknown\"}");
    }
  }

  /** The one call has this outcome, and its words reach the model. */
  private static ToolReturned assertOutcome(
      ToolSet tools, String call, Outcome outcome, String words) {
    ScriptedRuntime runtime = callingOnce(call);
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, tools).open()) {
      ToolGenerationResult result = session.generate("go").await();
      ToolReturned returned = result.returned().getFirst();

      assertThat(returned.outcome()).isEqualTo(outcome);
      assertThat(returned.result().text()).contains(words);
      assertThat(result.text()).contains("I was told", returned.result().text());
      assertThat(returned.failure().isPresent()).isEqualTo(outcome == Outcome.FAILED);
      assertThat(result.finishReason()).isEqualTo(ToolFinishReason.ANSWERED);
      return returned;
    }
  }

  // ---- Limits

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void modelThatNeverStopsCalling_endsAtTheTurnLimit(int turns) {
    ScriptedRuntime runtime = answering(told -> "still " + add(1));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).maxTurns(turns).open()) {
      ToolGenerationResult result = session.generate("go").await();

      assertThat(result.finishReason()).isEqualTo(ToolFinishReason.TURN_LIMIT);
      assertThat(result.text()).startsWith("still");
      assertThat(result.runs()).hasSize(turns);
      assertThat(ran).hasSize(turns - 1);
      assertThat(result.returned()).hasSize(turns);
      assertThat(result.returned().getLast().outcome()).isEqualTo(Outcome.OVER_LIMIT);
    }
  }

  @Test
  void callsOverTheLimit_areReported_andTheModelMayAnswer() {
    ScriptedRuntime runtime = callingOnce(add(1) + add(2) + add(3));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).maxCalls(2).open()) {
      ToolGenerationResult result = session.generate("go").await();

      assertThat(result.finishReason()).isEqualTo(ToolFinishReason.ANSWERED);
      assertThat(ran).containsExactlyInAnyOrder(1, 2);
      assertThat(result.returned())
          .extracting(ToolReturned::outcome)
          .containsExactly(Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.OVER_LIMIT);
      assertThat(result.text()).contains("no more than 2 calls");
      session.generate("go").await();
      assertThat(ran).hasSize(4); // each question has its own
    }
  }

  @Test
  void callsAfterThat_endTheQuestion() {
    ScriptedRuntime runtime = answering(told -> add(1));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).maxCalls(2).open()) {
      ToolGenerationResult result = session.generate("go").await();

      assertThat(result.finishReason()).isEqualTo(ToolFinishReason.CALL_LIMIT);
      assertThat(ran).hasSize(2);
      assertThat(result.runs()).hasSize(4);
    }
  }

  @Test
  void answerAtTheTokenLimit_runsNoCalls() {
    ScriptedRuntime runtime = callingOnce(add(1) + "and so on and on");
    GenerationOptions options =
        GenerationOptions.builder().maxNewTokens(add(1).length() / 3 + 1).build();
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).open()) {
      ToolGenerationResult result = session.generate("go", options).await();

      assertThat(result.finishReason()).isEqualTo(ToolFinishReason.LENGTH);
      assertThat(ran).isEmpty();
      session.generate("next").await();
      assertThat(ScriptedRuntime.promptOf(runtime.requests().getLast()))
          .contains("did not run", "next");
    }
  }

  // ---- Approval

  @Test
  void approval_isRequestedInOrder_andRejectionsAreReported() {
    List<String> asked = new CopyOnWriteArrayList<>();
    ToolApproval approval =
        call -> {
          asked.add(call.arguments());
          return switch (asked.size()) {
            case 1 -> ToolApproval.Decision.approve();
            case 2 -> ToolApproval.Decision.reject("Not today, " + number + ".");
            default -> throw new IllegalStateException("planted");
          };
        };
    ScriptedRuntime runtime =
        callingOnce(add(1) + call("add", "{}") + add(2) + call("none", "{}") + add(3));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).approval(approval).open()) {
      ToolGenerationResult result = session.generate("go").await();

      assertThat(asked).hasSize(3); // not of calls that cannot run
      assertThat(result.returned())
          .extracting(ToolReturned::outcome)
          .containsExactly(
              Outcome.SUCCEEDED,
              Outcome.INVALID_ARGUMENTS,
              Outcome.REJECTED,
              Outcome.UNKNOWN_TOOL,
              Outcome.REJECTED);
      assertThat(result.text()).contains("Not today, " + number + ".", "not approved");
      assertThat(ran).containsExactly(1);
    }
  }

  // ---- Sessions

  @Test
  void questions_areAnsweredInOrder_andKnowWhatWasSaid() {
    ScriptedRuntime runtime = answering(told -> told.startsWith("q") ? add(1) : "ok");
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).open()) {
      List<ToolGeneration> three =
          IntStream.range(0, 3).mapToObj(i -> session.generate("q" + i)).toList();
      three.forEach(ToolGeneration::await);
      session.clear();
      session.generate("quiet").await();
    }
    List<String> prompts = runtime.requests().stream().map(ScriptedRuntime::promptOf).toList();
    assertThat(told(runtime))
        .filteredOn(told -> told.startsWith("q"))
        .containsExactly("q0", "q1", "q2", "quiet");
    assertThat(prompts.get(4)).containsSubsequence("q0", "tool_response", "ok", "q1", "q2");
    assertThat(prompts.getLast()).doesNotContain("q2");
  }

  @Test
  void failingModel_failsTheQuestionOnly() {
    AtomicInteger runs = new AtomicInteger();
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(
            prompt ->
                runs.getAndIncrement() == 1
                    ? Script.of("oh").thenError("planted").returning(-1)
                    : ScriptedTools.cut(runs.get() == 1 ? add(1) : "fine"));
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, adding).open()) {
      ToolGeneration failing = session.generate("first");
      assertThatThrownBy(failing::text)
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("planted");
      assertThatThrownBy(() -> failing.result().join())
          .hasCauseInstanceOf(InferenceException.class);
      assertThat(session.generate("second").text()).isEqualTo("fine");
    }
    assertThat(ScriptedRuntime.promptOf(runtime.requests().getLast()))
        .contains("second")
        .doesNotContain("first", Integer.toString(number + 1));
  }

  /** Many templates of models refuse anything else. */
  private static final ChatFormat ALTERNATING =
      conversation -> {
        boolean usersTurn = true;
        for (ChatMessage message : conversation.messages()) {
          boolean counts =
              message instanceof ChatMessage.User
                  || (message instanceof ChatMessage.Assistant said && said.toolCalls().isEmpty());
          if (counts) {
            assertThat(message instanceof ChatMessage.User).as("%s", message).isEqualTo(usersTurn);
            usersTurn = !usersTurn;
          }
        }
        return ChatFormats.qwen3().render(conversation);
      };

  @Test
  void questionsBehindOneThatWasStopped_suitFormatsInWhichUserAndModelTakeTurns() {
    ScriptedRuntime runtime = answering(told -> told.equals("hi") ? "ok" : add(1));
    try (RkllmModel model = load(runtime, ALTERNATING);
        ToolSession session = ToolSession.builder(model, adding).maxTurns(2).open()) {
      assertThat(session.generate("go").await().finishReason())
          .isEqualTo(ToolFinishReason.TURN_LIMIT);
      assertThat(session.generate("hi").text()).isEqualTo("ok");
    }
  }

  @Test
  void malformedCallBesideAValidOne_suitsThemToo() {
    ScriptedRuntime runtime =
        answering(
            told ->
                told.equals("go")
                    ? add(1) + "<tool_call>{\"name\" \"add\"}</tool_call>"
                    : "I was told " + told);
    try (RkllmModel model = load(runtime, ALTERNATING);
        ToolSession session = ToolSession.builder(model, adding).open()) {
      assertThat(session.generate("go").text())
          .contains("" + (number + 1), "A tool call could not be read");
    }
  }

  @Test
  void formatWithoutTools_isRefusedAtOpen() {
    try (RkllmModel model = load(answering(told -> "x"), ChatFormat.chatMl())) {
      assertThatThrownBy(() -> ToolSession.builder(model, adding).open())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("tools");
    }
  }

  @Test
  void runtimeThatRefusesTools_isAnErrorWithTheOtherWay() {
    ScriptedRuntime runtime = answering(told -> "x").returning(-1);
    try (RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load()) {
      assertThatThrownBy(() -> ToolSession.builder(model, adding).open())
          .isInstanceOf(RkllmException.class)
          .hasMessageContaining("ChatFormats");
      assertThat(model.generate("<|im_start|>user\nx<|im_end|>").text()).isEqualTo("x");
    }
  }

  @Test
  void badArgumentsOfTheBuilder_areRefused() {
    try (RkllmModel model = load(answering(told -> "x"))) {
      ToolSession.Builder builder = ToolSession.builder(model, adding);
      assertThatThrownBy(() -> builder.maxTurns(0)).hasMessageContaining("maxTurns must be in [1");
      assertThatThrownBy(() -> builder.maxCalls(0)).hasMessageContaining("maxCalls");
      assertThatThrownBy(() -> builder.maxParallelCalls(0))
          .hasMessageContaining("maxParallelCalls");
      assertThatThrownBy(() -> builder.callTimeout(Duration.ZERO)).hasMessageContaining("positive");
      assertThatThrownBy(() -> ToolSession.builder(model, ToolSet.builder().build()))
          .hasMessageContaining("at least one tool");
      try (ToolSession session = builder.open()) {
        assertThatThrownBy(() -> session.generate("")).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }
}
