package io.rkllm.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mockConstruction;
import static org.mockito.Mockito.when;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.InferenceSession;
import io.rkllm.RkllmModel;
import io.rkllm.TokenIterator;
import io.rkllm.input.TextPrompt;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.MockedConstruction;

/**
 * Operation without threads for the model's watcher and aborter, because the machine has none left.
 */
@Timeout(60)
class NoThreadTest {
  private static final int ENDLESS = 100_000;

  private final CountDownLatch begun = new CountDownLatch(1);
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (prompt) {
                case "short" -> Script.of("ok");
                default -> Script.of("begun").then(begun::countDown).then(endless());
              });
  private MockedConstruction<OnDemandThread> threads;

  private static Script endless() {
    Script script = Script.of("x").then(Thread::yield);
    return script.then(Script.counting(ENDLESS));
  }

  @BeforeEach
  void plantNoThreads() {
    threads =
        mockConstruction(
            OnDemandThread.class,
            (thread, context) -> {
              OutOfMemoryError none = new OutOfMemoryError("unable to create native thread");
              doThrow(none).when(thread).execute(any());
              when(thread.schedule(any(), any())).thenThrow(none);
            });
  }

  @AfterEach
  void restore() {
    assertThat(threads.constructed()).isNotEmpty();
    threads.close();
  }

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime);
  }

  @Test
  void cancel_endsTheRunAsCancelled_andTheNextWorks() throws Exception {
    try (RkllmModel model = builder().load()) {
      Generation generation = model.generate("endless");
      begun.await();
      generation.cancel();

      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(runtime.aborts()).isPositive();
      assertThat(model.generate("short").text()).isEqualTo("ok");
    }
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void close_endsTheRunAsCancelled_andTheModelIsDestroyed() throws Exception {
    RkllmModel model = builder().load();
    Generation generation = model.generate("endless");
    Generation waiting = model.generate("endless");
    begun.await();
    model.close();

    assertThat(runtime.openModels()).isZero();
    assertThat(generation.await().finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
    assertThat(waiting.result()).isCompletedExceptionally();
  }

  @Test
  void lastReaderLeaves_endsTheRun() throws Exception {
    try (RkllmModel model = builder().load()) {
      Generation generation = model.generate("endless");
      try (TokenIterator tokens = generation.iterator()) {
        tokens.next();
      }
      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  /** The stop is requested inside a callback. */
  @Test
  void cancelledWhileNoTokenCame_isAbortedAtTheNextToken() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    ScriptedRuntime waiting =
        ScriptedRuntime.answering(prompt -> Script.of().then(cancelled::await).then(endless()));
    try (RkllmModel model = builder().runtime(waiting).load()) {
      Generation generation = model.generate("endless");
      generation.cancel();
      cancelled.countDown();

      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(generation.text().length()).isLessThan(ENDLESS);
    }
  }

  @Test
  void memberOfABatch_isCancelled_endsWithTheRun() throws Exception {
    try (RkllmModel model = builder().batchSize(2).load()) {
      List<Generation> batch =
          model.generateBatch(List.of(TextPrompt.of("short"), TextPrompt.of("short")));
      batch.getFirst().cancel();

      assertThat(batch.getFirst().result().get(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(batch.getLast().text()).isEqualTo("ok");
    }
  }

  /** Nothing else would allow another session to be opened. */
  @Test
  void sessionWhoseTurnCannotBeStopped_isClosedNevertheless() throws Exception {
    try (RkllmModel model = builder().load()) {
      threads.constructed().forEach(NoThreadTest::failOnAlarms);
      InferenceSession session = model.openSession();
      Generation turn = session.generate("endless");
      begun.await();
      assertThatThrownBy(session::close).hasMessage("planted");
      model.openSession().close();
      assertThat(turn.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  private static void failOnAlarms(OnDemandThread thread) {
    doThrow(new IllegalStateException("planted")).when(thread).schedule(any(), any());
  }
}
