package io.rkllm.internal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.SessionOptions.CancelledTurns;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.input.TextPrompt;
import io.rkllm.internal.handle.FileTokenizer;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.internal.run.Turn;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Turns that begin in an order that threads bring about only by chance. */
class HistoryTest {
  private static final TextPrompt QUESTION = TextPrompt.of("Why?");

  private final ScriptedRuntime runtime = ScriptedRuntime.answering(prompt -> Script.counting(2));
  private final ModelHandle handle =
      new ModelHandle("x", runtime, ModelConfig.of(Path.of("/x")), null);
  private final RuntimeTemplate template = new RuntimeTemplate(handle, FileTokenizer.NONE);

  private NativeModel load() {
    handle.open(new RuntimeOptions(null, null, false));
    return handle.load();
  }

  @Test
  void standalone_requestedBeforeASessionWasOpened_runsUntilItsFirstTurn() {
    NativeModel model = load();
    Turn standalone = template.standalone(QUESTION);
    Conversations.History session = template.open(SessionOptions.defaults());
    assertThat(standalone.begin(model).keepHistory()).isFalse();
    session.next(QUESTION).begin(model);
    assertThatThrownBy(() -> standalone.begin(model))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("would overwrite its history");
  }

  @Test
  void turn_ofASessionThatWasClosed_doesNotBegin() {
    NativeModel model = load();
    Conversations.History session = template.open(SessionOptions.defaults());
    Turn turn = session.next(QUESTION);
    session.close();
    template.open(SessionOptions.defaults());
    assertThatThrownBy(() -> turn.begin(model))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the session was closed before this turn began");
  }

  @Test
  void rollBack_aTurnThatWasCutOff_isNotKept() {
    NativeModel model = load();
    GenerationResult whole;
    try (RkllmModel other = RkllmModel.builder(Path.of("y")).runtime(runtime).load()) {
      whole = other.generate("x").await();
    }
    for (FinishReason cut : List.of(FinishReason.CANCELLED, FinishReason.MODEL_CLOSED)) {
      Conversations.History session =
          new FormattedConversations(ChatFormat.chatMl(), FileTokenizer.NONE)
              .open(SessionOptions.builder().cancelledTurns(CancelledTurns.ROLL_BACK).build());
      perform(session.next(QUESTION), model, GenerationResult.of("half", cut, whole.stats()));
      assertThat(session.messages()).isEmpty();
      perform(session.next(QUESTION), model, whole);
      assertThat(session.messages())
          .containsExactly(new ChatMessage.User("Why?"), new ChatMessage.Assistant(whole.text()));
    }
  }

  @Test
  void messages_clearedDuringATurn_doNotHaveIt() {
    NativeModel model = load();
    GenerationResult answer;
    try (RkllmModel other = RkllmModel.builder(Path.of("y")).runtime(runtime).load()) {
      answer = other.generate("x").await();
    }
    Conversations.History session =
        new FormattedConversations(ChatFormat.chatMl(), FileTokenizer.NONE)
            .open(SessionOptions.defaults());
    Turn turn = session.next(QUESTION);
    turn.begin(model);
    session.clear();
    turn.end(answer);
    assertThat(session.messages()).isEmpty();
  }

  private static void perform(Turn turn, NativeModel model, GenerationResult result) {
    turn.begin(model);
    turn.end(result);
  }
}
