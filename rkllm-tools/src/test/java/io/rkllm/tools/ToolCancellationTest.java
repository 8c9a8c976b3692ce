package io.rkllm.tools;

import static io.rkllm.tools.ScriptedTools.call;
import static io.rkllm.tools.ScriptedTools.cut;
import static io.rkllm.tools.ScriptedTools.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.Generation;
import io.rkllm.InferenceException;
import io.rkllm.ModelBusyException;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolSessionEvent;
import io.rkllm.tools.format.ChatFormats;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions that end early, and who reads them. */
@Timeout(30)
class ToolCancellationTest {
  record Key(String name) {}

  private final CountDownLatch toolRuns = new CountDownLatch(1);
  private final CountDownLatch toolInterrupted = new CountDownLatch(1);
  private final CountDownLatch modelWrites = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final List<String> begun = new CopyOnWriteArrayList<>();

  /** One tool: it waits when it is told to. */
  private final ToolSet tools =
      ToolSet.builder()
          .add(
              "open",
              "",
              Key.class,
              key -> {
                begun.add(key.name());
                if (key.name().equals("held")) {
                  toolRuns.countDown();
                  try {
                    goOn.await();
                  } catch (InterruptedException e) {
                    toolInterrupted.countDown();
                    throw e;
                  }
                }
                return "opened " + key.name();
              })
          .build();

  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (ScriptedTools.last(prompt)) {
                case "tool" -> cut(open("held") + open("other"));
                case "model" ->
                    cut("I begin " + open("a"))
                        .then(modelWrites::countDown)
                        .then(goOn::await)
                        .then(cut(" and go on " + open("b")));
                case "quick" -> cut(open("a"));
                default -> cut("done");
              });

  private final CountDownLatch inTheQueue = new CountDownLatch(1);

  /** A session renders a question once more when it has put it into the model's queue. */
  private final ChatFormat format =
      new ChatFormat() {
        @Override
        public String render(Conversation conversation) {
          if (conversation.messages().getLast().text().equals("never")) {
            inTheQueue.countDown();
          }
          return ChatFormats.qwen3().render(conversation);
        }

        @Override
        public ChatMessage.Assistant read(Conversation conversation, String answer) {
          return ChatFormats.qwen3().read(conversation, answer);
        }
      };

  private final RkllmModel model = load(runtime, format);
  private final ToolSession session = ToolSession.builder(model, tools).maxParallelCalls(1).open();

  private static String open(String name) {
    return call("open", "{\"name\": \"" + name + "\"}");
  }

  @AfterEach
  void close() {
    goOn.countDown();
    session.close();
    model.close();
  }

  @Test
  void cancelWhileAToolRuns_interruptsItAndBeginsNoOther() throws Exception {
    ToolGeneration generation = session.generate("tool");
    toolRuns.await();
    generation.cancel();
    ToolGenerationResult result = generation.await();

    assertThat(result.finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
    assertThat(result.returned()).isEmpty();
    toolInterrupted.await();
    assertThat(session.generate("next").text()).isEqualTo("done");
    assertThat(begun).containsExactly("held");
    assertThat(lastPrompt()).containsSubsequence("tool", "canceled", "canceled", "next");
  }

  @Test
  void cancelWhileTheModelWrites_runsNoTool() throws Exception {
    ToolGeneration generation = session.generate("model");
    modelWrites.await();
    generation.cancel();
    goOn.countDown();
    ToolGenerationResult result = generation.await();

    assertThat(result.finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
    assertThat(result.text()).startsWith("I begin");
    assertThat(session.generate("next").text()).isEqualTo("done");
    assertThat(begun).isEmpty();
  }

  @Test
  void cancelWhileItWaits_endsAtOnceAndLeavesNoTrace() throws Exception {
    session.generate("tool");
    ToolGeneration waiting = session.generate("never");
    toolRuns.await();
    waiting.cancel();

    assertThat(waiting.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
    assertThat(waiting.isDone()).isTrue();
    goOn.countDown();
    session.generate("next").await();
    assertThat(lastPrompt()).doesNotContain("never");
  }

  @Test
  void cancelWhileTheModelServesOthers_leavesNoTrace() throws Exception {
    Generation other = model.generate("model");
    modelWrites.await();
    ToolGeneration generation = session.generate("never");
    inTheQueue.await();
    generation.cancel();

    assertThat(generation.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
    goOn.countDown();
    other.text();
    session.generate("next").await();
    assertThat(runtime.requests()).hasSize(2);
    assertThat(lastPrompt()).doesNotContain("never");
  }

  @Test
  void cancelWhileApprovalIsAsked_doesNotWaitForIt() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    ToolApproval stubborn =
        call -> {
          asked.countDown();
          while (goOn.getCount() > 0) {
            try {
              goOn.await();
            } catch (InterruptedException e) {
              // it does not listen
            }
          }
          return ToolApproval.Decision.approve();
        };
    try (ToolSession approving = ToolSession.builder(model, tools).approval(stubborn).open()) {
      ToolGeneration generation = approving.generate("quick");
      asked.await();
      generation.cancel();

      assertThat(generation.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
      goOn.countDown();
      assertThat(approving.generate("next").text()).isEqualTo("done");
      assertThat(begun).isEmpty();
    }
  }

  /** Arguments that take their time to be read, on the tool's thread. */
  record Slow(String name) {
    Slow {
      reading.accept(name);
    }
  }

  private static volatile Consumer<String> reading = name -> {};

  /** Waits as code does that does not listen; puts the interrupt back if it is to be seen. */
  private Consumer<String> waitsWhileRead(
      CompletableFuture<Thread> reads, CountDownLatch readOn, boolean keepsInterrupt) {
    return name -> {
      reads.complete(Thread.currentThread());
      boolean interrupted = false;
      while (true) {
        try {
          readOn.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted && keepsInterrupt) {
        Thread.currentThread().interrupt();
      }
    };
  }

  private ToolSet slowTools() {
    return ToolSet.builder()
        .add(
            "open",
            "",
            Slow.class,
            slow -> {
              begun.add(slow.name());
              return "opened";
            })
        .build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cancelWhileArgumentsAreRead_theToolDoesNotBegin(boolean keepsInterrupt) throws Exception {
    CompletableFuture<Thread> reads = new CompletableFuture<>();
    CountDownLatch readOn = new CountDownLatch(1);
    reading = waitsWhileRead(reads, readOn, keepsInterrupt);
    try (ToolSession slow = ToolSession.builder(model, slowTools()).open()) {
      ToolGeneration generation = slow.generate("quick");
      Thread tool = reads.get();
      generation.cancel();
      assertThat(generation.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
      readOn.countDown();
      tool.join();
    }
    assertThat(begun).isEmpty();
  }

  /** The question goes on with the next tool, so that nothing but the interrupt tells. */
  @Test
  void timeIsOverWhileArgumentsAreRead_andTheQuestionGoesOn_theToolDoesNotBegin() throws Exception {
    CompletableFuture<Thread> reads = new CompletableFuture<>();
    CountDownLatch readOn = new CountDownLatch(1);
    Consumer<String> waits = waitsWhileRead(reads, readOn, true);
    reading =
        name -> {
          if (name.equals("held")) {
            waits.accept(name);
          }
        };
    CountDownLatch otherRuns = new CountDownLatch(1);
    ToolSet both =
        ToolSet.builder()
            .add(
                "open",
                "",
                Slow.class,
                slow -> {
                  begun.add(slow.name());
                  otherRuns.countDown();
                  goOn.await();
                  return "opened";
                })
            .build();
    try (ToolSession slow =
        ToolSession.builder(model, both)
            .maxParallelCalls(1)
            .callTimeout(Duration.ofMillis(500))
            .open()) {
      ToolGeneration generation = slow.generate("tool"); // calls "held", then "other"
      otherRuns.await();
      readOn.countDown();
      reads.get().join();
      goOn.countDown();
      generation.await();
    }
    assertThat(begun).containsExactly("other");
  }

  @Test
  void timeIsOverWhileArgumentsAreRead_theToolDoesNotBegin() throws Exception {
    CompletableFuture<Thread> reads = new CompletableFuture<>();
    CountDownLatch readOn = new CountDownLatch(1);
    reading = waitsWhileRead(reads, readOn, true);
    try (ToolSession slow =
        ToolSession.builder(model, slowTools()).callTimeout(Duration.ofMillis(20)).open()) {
      ToolGenerationResult result = slow.generate("quick").await();
      assertThat(result.returned())
          .extracting(ToolReturned::outcome)
          .containsExactly(ToolReturned.Outcome.TIMED_OUT);
      readOn.countDown();
      reads.get().join();
    }
    assertThat(begun).isEmpty();
  }

  @Test
  void cancelAfterTheEnd_changesNothing() {
    ToolGeneration generation = session.generate("quick");
    ToolGenerationResult result = generation.await();
    generation.cancel();
    generation.close();

    assertThat(generation.await()).isEqualTo(result);
    assertThat(result.finishReason()).isEqualTo(ToolFinishReason.ANSWERED);
    assertThat(session.generate("next").text()).isEqualTo("done");
  }

  @Test
  void closeSession_cancelsAllAndInterruptsTools() throws Exception {
    ToolGeneration running = session.generate("tool");
    ToolGeneration waiting = session.generate("never");
    toolRuns.await();
    session.close();
    session.close();

    assertThat(running.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
    assertThat(waiting.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
    toolInterrupted.await();
    assertThat(runtime.requests()).hasSize(1);
    assertThatThrownBy(() -> session.generate("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ToolSession.builder");
    assertThatThrownBy(session::clear).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closeModelWhileAToolRuns_failsTheQuestionWithAMessage() throws Exception {
    ToolGeneration running = session.generate("tool");
    toolRuns.await();
    model.close();
    goOn.countDown();

    assertThatThrownBy(running::await)
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void closeModelWhileItWrites_everyReaderFails_andNoToolRuns() throws Exception {
    ToolGeneration generation = session.generate("model");
    Collector<ToolSessionEvent> early = Collector.of(generation.events());
    modelWrites.await();
    Thread closer = Thread.ofPlatform().start(model::close);
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    goOn.countDown();
    closer.join();

    assertThat(generation.await().finishReason()).isEqualTo(ToolFinishReason.MODEL_CLOSED);
    assertThat(begun).isEmpty();
    assertThatThrownBy(generation::text)
        .isInstanceOfSatisfying(
            ModelClosedException.class, e -> assertThat(e.partialText()).startsWith("I begin"));
    assertThatThrownBy(() -> generation.forEach(_ -> {})).isInstanceOf(ModelClosedException.class);
    assertThatThrownBy(early::await).hasRootCauseInstanceOf(ModelClosedException.class);
  }

  @Test
  void tooManyQuestions_areRefused() throws Exception {
    session.generate("tool");
    toolRuns.await();
    for (int i = 0; i < 64; i++) {
      session.generate("wait");
    }
    assertThatThrownBy(() -> session.generate("one more"))
        .isInstanceOf(ModelBusyException.class)
        .hasMessageContaining("64");
  }

  // ---- Readers

  @Test
  void readers_earlyAndLate_seeTheSameEvents() throws Exception {
    ToolGeneration generation = session.generate("quick");
    Collector<ToolSessionEvent> early = Collector.of(generation.events());
    List<ToolSessionEvent> read = new CopyOnWriteArrayList<>();
    generation.forEach(read::add);

    assertThat(early.await()).isEqualTo(read);
    assertThat(Collector.of(generation.events()).await()).isEqualTo(read);
    assertThat(read).filteredOn(ChatEvent.Finished.class::isInstance).hasSize(2);
    assertThat(read).filteredOn(ToolReturned.class::isInstance).hasSize(1);
    assertThat(read.indexOf(read.stream().filter(ToolReturned.class::isInstance).findAny().get()))
        .isBetween(
            read.indexOf(
                read.stream().filter(ChatEvent.Finished.class::isInstance).findFirst().get()),
            read.size() - 2);
  }

  @Test
  void lastReaderLeaving_cancels_unlessTheResultIsAskedFor() throws Exception {
    ToolGeneration generation = session.generate("tool");
    Collector<ToolSessionEvent> reader = Collector.of(generation.events());
    try (ToolEventIterator events = generation.iterator()) {
      assertThat(events.hasNext()).isTrue();
      toolRuns.await();
      reader.subscription().cancel();
      assertThat(generation.isDone()).isFalse();
    }
    await().until(generation::isDone);
    assertThat(generation.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
    toolInterrupted.await();

    ToolGeneration asked = session.generate("quick");
    var result = asked.result();
    asked.iterator().close();
    assertThat(result.get().finishReason()).isEqualTo(ToolFinishReason.ANSWERED);
  }

  @Test
  void interruptedReader_leaves() throws Exception {
    ToolGeneration generation = session.generate("tool");
    toolRuns.await();
    Thread.currentThread().interrupt();

    assertThatThrownBy(generation::await)
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(generation.await().finishReason()).isEqualTo(ToolFinishReason.CANCELLED);
  }

  private String lastPrompt() {
    return ScriptedRuntime.promptOf(runtime.requests().getLast());
  }
}
