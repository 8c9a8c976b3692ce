package io.rkllm.tools;

import static io.rkllm.tools.ScriptedTools.call;
import static io.rkllm.tools.ScriptedTools.load;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolReturned.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The remains of questions and calls after their caller has stopped waiting. */
@Timeout(30)
class CancelledQuestionTest {
  private static final CompletableFuture<Thread> NOBODY = new CompletableFuture<>();
  private static volatile CompletableFuture<Thread> argumentsAreRead = NOBODY;
  private static volatile CountDownLatch goOn = new CountDownLatch(0);

  /** Its constructor takes its time, and no notice of interrupts, where a test asks for it. */
  record Key(String name) {
    Key {
      argumentsAreRead.complete(Thread.currentThread());
      boolean interrupted = false;
      while (goOn.getCount() > 0) {
        try {
          goOn.await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private final List<String> begun = new CopyOnWriteArrayList<>();
  private final CountDownLatch toolRuns = new CountDownLatch(1);
  private final CountDownLatch toolEnds = new CountDownLatch(1);
  private final ToolSet tools =
      ToolSet.builder()
          .add(
              "open",
              "",
              Key.class,
              key -> {
                begun.add(key.name());
                toolRuns.countDown();
                toolEnds.await();
                return "opened";
              })
          .build();
  private final ScriptedRuntime runtime =
      ScriptedTools.answering(
          told -> told.equals("open it") ? call("open", "{\"name\": \"" + told + "\"}") : "done");
  private final RkllmModel model = load(runtime);

  @AfterEach
  void close() {
    toolEnds.countDown();
    goOn.countDown();
    argumentsAreRead = NOBODY;
    model.close();
  }

  @Test
  void clearBeforeAQuestionThatIsCancelledBeforeItsTurn_clearsAllTheSame() throws Exception {
    try (ToolSession session = ToolSession.builder(model, tools).open()) {
      session.generate("open it");
      toolRuns.await();
      session.clear();
      session.generate("never").cancel();
      ToolGeneration next = session.generate("next");
      toolEnds.countDown();

      assertThat(next.text()).isEqualTo("done");
      assertThat(ScriptedRuntime.promptOf(runtime.requests().getLast()))
          .contains("next")
          .doesNotContain("open it", "opened");
    }
  }

  @Test
  void cancelWhileArgumentsAreRead_runsNoTool() throws Exception {
    holdArguments();
    try (ToolSession session = ToolSession.builder(model, tools).open()) {
      ToolGeneration generation = session.generate("open it");
      Thread tool = argumentsAreRead.get();
      generation.cancel();
      goOn.countDown();
      toolEnds.countDown();
      tool.join();

      assertThat(generation.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
      assertThat(begun).isEmpty();
    }
  }

  @Test
  void timeoutWhileArgumentsAreRead_runsNoTool() throws Exception {
    holdArguments();
    try (ToolSession session =
        ToolSession.builder(model, tools).callTimeout(Duration.ofMillis(50)).open()) {
      ToolGenerationResult result = session.generate("open it").await();
      goOn.countDown();
      toolEnds.countDown();
      argumentsAreRead.get().join();

      assertThat(result.returned())
          .extracting(ToolReturned::outcome)
          .containsExactly(Outcome.TIMED_OUT);
      assertThat(begun).isEmpty();
    }
  }

  private static void holdArguments() {
    goOn = new CountDownLatch(1);
    argumentsAreRead = new CompletableFuture<>();
  }
}
