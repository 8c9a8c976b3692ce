package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.event.ModelListener;
import io.rkllm.event.RunKind;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The requests and errors of both ways of keeping a history. */
@Timeout(30)
class SessionTest {
  private final CountDownLatch inTheMiddle = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  /**
   * Answers with the number of user messages in the prompt; blocks in the middle if the last one is
   * "held".
   */
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt -> {
            Script answer =
                Script.of("seen " + (prompt.split("<\\|im_start\\|>user", -1).length - 1));
            return prompt.contains("held")
                ? answer
                    .then(
                        () -> {
                          inTheMiddle.countDown();
                          goOn.await();
                        })
                    .then(" and more")
                : answer;
          });

  @Test
  void runtimeTemplate_turns_keepHistoryNatively_afterOneClear() {
    try (RkllmModel model = load()) {
      try (InferenceSession session = model.openSession()) {
        session.generate("one").text();
        session.generate(TextPrompt.of("two").withThinking(true).withRole(Role.TOOL)).text();
      }
      model.generate("alone").text();
    }

    assertThat(runtime.requests())
        .containsExactly(
            RunRequest.of(TextPrompt.of("one")).toBuilder().keepHistory(true).build(),
            RunRequest.of(new TextPrompt("two", Role.TOOL, true)).toBuilder()
                .keepHistory(true)
                .build(),
            RunRequest.of(TextPrompt.of("alone")));
    assertThat(runtime.clears()).isOne();
  }

  @Test
  void runtimeTemplate_secondSession_isRefusedWithTheReason() {
    try (RkllmModel model = load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(model::openSession)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("one at a time", "chatFormat");
      assertThat(session.generate("still works").text()).isNotEmpty();
    }
  }

  @Test
  void runtimeTemplate_standAloneRunBesideASession_isRefusedWithTheReason() {
    try (RkllmModel model = load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> model.generate("x"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("history", "chatFormat");
      session.close();
      assertThat(model.generate("x").text()).isNotEmpty();
    }
  }

  @Test
  void runtimeTemplate_newSessionAfterClosingOne_beginsEmpty() {
    try (RkllmModel model = load()) {
      for (int i = 0; i < 3; i++) {
        try (InferenceSession session = model.openSession()) {
          session.generate("x").text();
        }
      }
    }

    assertThat(runtime.clears()).isEqualTo(3);
  }

  @Test
  void runtimeTemplate_optionsOfAFormat_areRefusedByName() {
    try (RkllmModel model = load()) {
      assertThatThrownBy(
              () -> model.openSession(SessionOptions.builder().systemPrompt("x").build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("systemPrompt", "chatFormat");
      assertThatThrownBy(
              () ->
                  model.openSession(
                      SessionOptions.builder()
                          .cancelledTurns(SessionOptions.CancelledTurns.ROLL_BACK)
                          .build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("ROLL_BACK", "chatFormat");
    }
  }

  @Test
  void chatFormat_interleavedSessions_eachSendsItsOwnTranscript() {
    try (RkllmModel model = loadFormatted();
        InferenceSession first = model.openSession();
        InferenceSession second =
            model.openSession(SessionOptions.builder().systemPrompt("Be brief.").build())) {
      first.generate("f1").text();
      second.generate("s1").text();
      model.generate("alone").text();
      first.generate("f2").text();
    }

    assertThat(prompts())
        .containsExactly(
            chatMl("user", "f1"),
            chatMl("system", "Be brief.", "user", "s1"),
            chatMl("user", "alone"),
            chatMl("user", "f1", "assistant", "seen 1", "user", "f2"));
    assertThat(runtime.requests()).noneMatch(RunRequest::keepHistory);
  }

  @Test
  void chatFormat_turnsAskedForWithoutWaiting_seeThoseBefore() {
    try (RkllmModel model = loadFormatted();
        InferenceSession session = model.openSession()) {
      List<Generation> turns =
          List.of(session.generate("1"), session.generate("2"), session.generate("3"));

      assertThat(turns.stream().map(Generation::text))
          .containsExactly("seen 1", "seen 2", "seen 3");
    }
  }

  @Test
  void chatFormat_clear_forgetsForLaterTurnsOnly() {
    try (RkllmModel model = loadFormatted();
        InferenceSession session =
            model.openSession(SessionOptions.builder().systemPrompt("S").build())) {
      session.generate("1");
      Generation second = session.generate("2");
      session.clear();
      Generation third = session.generate("3");

      assertThat(second.text()).isEqualTo("seen 2");
      assertThat(third.text()).isEqualTo("seen 1");
      assertThat(prompts()).last().isEqualTo(chatMl("system", "S", "user", "3"));
    }
  }

  @Test
  void chatFormat_cancelledTurn_isKeptAsFarAsItGot() throws Exception {
    assertThat(promptAfterCancelledTurn(SessionOptions.defaults()))
        .isEqualTo(chatMl("user", "held", "assistant", "seen 1", "user", "next"));
  }

  @Test
  void chatFormat_cancelledTurn_isRolledBackIfSoChosen() throws Exception {
    SessionOptions rollBack =
        SessionOptions.builder().cancelledTurns(SessionOptions.CancelledTurns.ROLL_BACK).build();

    assertThat(promptAfterCancelledTurn(rollBack)).isEqualTo(chatMl("user", "next"));
  }

  private String promptAfterCancelledTurn(SessionOptions options) throws Exception {
    try (RkllmModel model = loadFormatted();
        InferenceSession session = model.openSession(options)) {
      Generation held = session.generate("held");
      inTheMiddle.await();
      held.cancel();
      goOn.countDown();
      assertThat(held.text()).isEqualTo("seen 1");
      session.generate("next").text();
      return prompts().getLast();
    }
  }

  @Test
  void chatFormat_turnCancelledWhileItWaited_leavesNoTrace() throws Exception {
    try (RkllmModel model = loadFormatted();
        InferenceSession session = model.openSession()) {
      Generation held = session.generate("held");
      inTheMiddle.await();
      session.generate("never").cancel();
      goOn.countDown();
      held.text();
      session.generate("next").text();

      assertThat(prompts()).noneMatch(prompt -> prompt.contains("never"));
    }
  }

  @Test
  void chatFormat_turnCancelledBeforeNativeCodeWasReached_leavesNoTrace() throws Exception {
    CountDownLatch rendering = new CountDownLatch(1);
    ChatFormat slow =
        conversation -> {
          if (conversation.messages().getLast().text().equals("slow")) {
            rendering.countDown();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
          return ChatFormat.chatMl().render(conversation);
        };
    try (RkllmModel model =
            RkllmModel.builder(Path.of("scripted")).runtime(runtime).chatFormat(slow).load();
        InferenceSession session = model.openSession()) {
      Generation turn = session.generate("slow");
      rendering.await();
      turn.cancel();
      goOn.countDown();
      assertThat(turn.text()).isEmpty();
      session.generate("next").text();

      assertThat(prompts()).containsExactly(chatMl("user", "next"));
      assertThat(runtime.aborts()).isZero();
    }
  }

  @Test
  void chatFormat_failedTurn_leavesNoTrace() {
    ScriptedRuntime failing =
        ScriptedRuntime.answering(
            prompt -> prompt.contains("bad") ? Script.of("x").returning(-1) : Script.of("ok"));
    try (RkllmModel model =
            RkllmModel.builder(Path.of("scripted"))
                .runtime(failing)
                .chatFormat(ChatFormat.chatMl())
                .load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> session.generate("bad").text())
          .isInstanceOf(InferenceException.class);
      assertThat(session.generate("good").text()).isEqualTo("ok");
    }
  }

  @Test
  void chatFormat_throwing_failsThatTurnOnly() {
    ChatFormat picky =
        conversation -> {
          if (conversation.messages().getLast().text().equals("bad")) {
            throw new IllegalArgumentException("no such thing");
          }
          return "fine";
        };
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted")).runtime(runtime).chatFormat(picky).load()) {
      Generation bad = model.generate("bad");
      assertThat(model.generate("good").text()).isEqualTo("seen 0");
      assertThatThrownBy(bad::text)
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("no such thing");
    }
  }

  @Test
  void close_session_cancelsItsTurnsOnly() throws Exception {
    try (RkllmModel model = loadFormatted()) {
      InferenceSession session = model.openSession();
      Generation running = session.generate("held");
      Generation waiting = session.generate("never");
      Generation other = model.generate("other");
      inTheMiddle.await();

      session.close();
      session.close();
      goOn.countDown();

      assertThat(running.result().get().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(waiting.text()).isEmpty();
      assertThat(other.result().get().finishReason()).isEqualTo(FinishReason.STOP);
      assertThatThrownBy(() -> session.generate("x"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("openSession");
    }
  }

  private RkllmModel load() {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime).load();
  }

  private RkllmModel loadFormatted() {
    return RkllmModel.builder(Path.of("scripted"))
        .runtime(runtime)
        .chatFormat(ChatFormat.chatMl())
        .load();
  }

  private List<String> prompts() {
    return runtime.requests().stream().map(ScriptedRuntime::promptOf).toList();
  }

  private static String chatMl(String... rolesAndTexts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rolesAndTexts.length; i += 2) {
      text.append("<|im_start|>")
          .append(rolesAndTexts[i])
          .append('\n')
          .append(rolesAndTexts[i + 1])
          .append("<|im_end|>\n");
    }
    return text.append("<|im_start|>assistant\n").toString();
  }

  @Test
  void history_ofAChatFormat_canBeOpenedAgain() {
    SessionOptions brief = SessionOptions.builder().systemPrompt("Be brief.").build();
    List<ChatMessage> saved;
    try (RkllmModel model = loadFormatted()) {
      InferenceSession session = model.openSession(brief);
      assertThat(session.history()).isEmpty();
      session.generate("one").text();
      session.generate("two").text();
      saved = session.history();
      session.close();
      assertThat(session.history()).isEqualTo(saved);
    }
    assertThat(saved)
        .containsExactly(
            new ChatMessage.User("one"),
            new ChatMessage.Assistant("seen 1"),
            new ChatMessage.User("two"),
            new ChatMessage.Assistant("seen 2"));
    try (RkllmModel model = loadFormatted();
        InferenceSession again = model.openSession(brief.toBuilder().history(saved).build())) {
      assertThat(again.history()).isEqualTo(saved);
      assertThat(again.generate("three").text()).isEqualTo("seen 3");
      assertThat(again.history()).hasSize(6).startsWith(saved.toArray(ChatMessage[]::new));
    }
  }

  @Test
  void history_clearedWhileATurnRuns_hasNothingOfThatTurn() throws Exception {
    try (RkllmModel model = loadFormatted();
        InferenceSession session = model.openSession()) {
      Generation before = session.generate("held");
      inTheMiddle.await();
      session.clear();
      goOn.countDown();
      before.text();
      assertThat(session.history()).isEmpty();
      session.generate("after").text();
      assertThat(session.history()).hasSize(2);
    }
  }

  @Test
  void history_thatTheRuntimeKeeps_isRefusedWithTheWayOut() {
    try (RkllmModel model = load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(session::history)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("does not expose it", "chatFormat");
    }
  }

  @Test
  void turnThatHasEnded_isNotCountedAnyMore() throws Exception {
    try (RkllmModel model = load();
        InferenceSession session = model.openSession()) {
      Generation held = session.generate("held");
      inTheMiddle.await();
      assertThat(session).hasToString("InferenceSession[open, 1 turns in progress]");
      goOn.countDown();
      held.text();
      await()
          .untilAsserted(
              () -> assertThat(session).hasToString("InferenceSession[open, 0 turns in progress]"));
    }
  }

  /** The session is closed by another thread after the turn has been queued. */
  @Test
  void sessionClosedWhileATurnIsStarted_cancelsIt() throws Exception {
    List<InferenceSession> opened = new CopyOnWriteArrayList<>();
    ModelListener closesTheSession =
        new ModelListener() {
          @Override
          public ModelListener forRun(RunKind kind) { // called while generate() starts the run
            opened.forEach(InferenceSession::close);
            return this;
          }
        };
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted"))
            .runtime(runtime)
            .chatFormat(ChatFormat.chatMl())
            .listener(closesTheSession)
            .load()) {
      Generation busy = model.generate("held");
      inTheMiddle.await();
      opened.add(model.openSession());
      Generation turn = opened.getFirst().generate("x");
      assertThat(turn.result().get(10, TimeUnit.SECONDS).finishReason())
          .isEqualTo(FinishReason.CANCELLED);
      goOn.countDown();
      busy.text();
    }
    assertThat(runtime.requests()).hasSize(1);
  }
}
