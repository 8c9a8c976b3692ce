package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.rkllm.chat.ChatFormat;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.forward.Positions;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.Input;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logits, hidden states and embeddings: copies, access in place, and failures. */
@Timeout(30)
class ForwardPassTest {
  private static final Input X = TextPrompt.of("x");
  private static final float[][] ROWS = {{1, 2, 3}, {6, 5, 4}, {0, -8, 6}};

  private final Hold hold = new Hold();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
              prompt ->
                  prompt.equals("held") ? Script.of("a").then(hold::here) : Script.counting(9))
          .withRows(
              request -> {
                if (ScriptedRuntime.promptOf(request).equals("slow")) {
                  hold.hereUnchecked();
                }
                return ROWS;
              });
  private final RkllmModel model =
      RkllmModel.builder(Path.of("scripted")).runtime(runtime).queueCapacity(2).load();

  @AfterEach
  void nextOneRunsAndAllIsFreed() {
    hold.release();
    model.close();
    assertThat(runtime.openModels()).isZero();
  }

  private void assertUsable() {
    assertThat(model.logits(X).row(0)).containsExactly(ROWS[2]);
    assertThat(model.generate(X).text()).startsWith("0 1");
  }

  // ---- Results

  @Test
  void copies_outliveTheRun_rowByPosition() {
    Logits last = model.logits(X);
    assertThat(last.rows()).isOne();
    assertThat(last.position(0)).isEqualTo(2);
    assertThat(last.row(0)).containsExactly(ROWS[2]);

    Logits chosen = model.logits(X, Positions.of(1, 0, 1));
    assertThat(chosen.rows()).isEqualTo(3);
    assertThat(chosen.position(1)).isZero();
    assertThat(chosen.row(0)).containsExactly(ROWS[1]);
    assertThat(chosen.row(1)).containsExactly(ROWS[0]);
    assertThat(chosen.get(2, 2)).isEqualTo(ROWS[1][2]);

    HiddenStates all = model.hiddenStates(X);
    assertThat(all.rows()).isEqualTo(3);
    assertThat(all.width()).isEqualTo(3);
    assertThat(all.last()).containsExactly(ROWS[2]);
    assertThat(model.hiddenStates(X, Positions.last(2)).row(0)).containsExactly(ROWS[1]);

    assertThat(runtime.requests().getFirst())
        .isEqualTo(RunRequest.of(X).toBuilder().mode(InferenceMode.LOGITS).build());
    assertThat(runtime.requests().getLast())
        .isEqualTo(RunRequest.of(X).toBuilder().mode(InferenceMode.LAST_HIDDEN_LAYER).build());
  }

  @Test
  void inPlace_readsOnce_onTheNativeThread_andGivesWhatTheReaderGives() {
    AtomicInteger calls = new AtomicInteger();
    AtomicReference<Thread> thread = new AtomicReference<>();

    Double sum =
        model.readLogits(
            X,
            logits -> {
              calls.incrementAndGet();
              thread.set(Thread.currentThread());
              double total = 0;
              for (int row = 0; row < logits.rows(); row++) {
                for (float value : logits.row(row)) {
                  total += value;
                }
              }
              return total;
            });

    assertThat(sum).isEqualTo(19);
    assertThat(calls).hasValue(1);
    assertThat(thread.get().getName()).contains("rkllm-model");
    assertThat(model.<String>readHiddenStates(X, states -> null)).isNull();
  }

  @Test
  void inPlace_readLater_throwsInsteadOfReadingFreedMemory() {
    List<Logits> kept = new ArrayList<>();
    model.readLogits(X, kept::add);
    HiddenStates states = model.readHiddenStates(X, each -> each);

    assertThatThrownBy(() -> kept.getFirst().get(0, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> kept.getFirst().argmax(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(states::mean).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> states.copy(Positions.all()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(states.rows()).isEqualTo(3);
  }

  @Test
  void inPlace_cannotBeWritten() {
    Boolean readOnly = model.readLogits(X, logits -> logits.segment().isReadOnly());
    assertThat(readOnly).isTrue();
    assertThat(model.logits(X).segment().isReadOnly()).isTrue();
  }

  @Test
  void embed_poolsAndNormalizes() {
    assertThat(model.embed("x")).containsExactly(ROWS[2]);
    assertThat(model.embed("x", EmbedOptions.builder().normalize(true).build()))
        .containsExactly(new float[] {0, -0.8f, 0.6f}, within(1e-6f)); // 6, 8, 10
    EmbedOptions mean = EmbedOptions.builder().pooling(EmbedOptions.Pooling.MEAN).build();
    float[] means = model.embed("x", mean);
    for (int i = 0; i < means.length; i++) {
      assertThat(means[i]).isEqualTo((ROWS[0][i] + ROWS[1][i] + ROWS[2][i]) / 3);
    }
    float[] unit = model.embed("x", mean.toBuilder().normalize(true).build());
    assertThat(Math.hypot(Math.hypot(unit[0], unit[1]), unit[2])).isCloseTo(1, within(1e-6));
    assertThat(unit[0] / unit[1]).isCloseTo(means[0] / means[1], within(1e-5f));
  }

  @Test
  void readHiddenStates_embeddingThere_isThatOfEmbedAndTheTokensAreKnown() {
    EmbedOptions unit = EmbedOptions.builder().normalize(true).build();

    int tokens =
        model.readHiddenStates(
            X,
            states -> {
              assertThat(states.embedding(unit))
                  .containsExactly(new float[] {0, -0.8f, 0.6f}, within(1e-6f));
              return states.rows();
            });

    assertThat(tokens).isEqualTo(ROWS.length);
  }

  @Test
  void embed_ofNothingButZeros_staysZero() {
    runtime.withRows(request -> new float[1][3]);

    assertThat(model.embed("x", EmbedOptions.builder().normalize(true).build())).containsOnly(0);
  }

  @Test
  void chatFormat_doesNotRenderForwardPasses() {
    try (RkllmModel formatted =
        RkllmModel.builder(Path.of("x")).runtime(runtime).chatFormat(ChatFormat.chatMl()).load()) {
      formatted.logits(X);
    }
    assertThat(ScriptedRuntime.promptOf(runtime.requests().getFirst())).isEqualTo("x");
  }

  // ---- Failures

  @Test
  void positionThatIsNotThere_isAnIllegalArgument_andNotAFailedRun() {
    assertThatThrownBy(() -> model.logits(X, Positions.of(0, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("no position 3", "3 tokens");
    assertThatThrownBy(() -> model.hiddenStates(X, Positions.of(7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no position 7");
    assertThat(model.stats().failed()).isZero();
    assertThat(runtime.aborts()).isZero();
    assertUsable();
  }

  @Test
  void readerThrows_isTheCause_andTheModelIsUsable() {
    for (Throwable planted :
        List.of(new IllegalArgumentException("planted"), new StackOverflowError("planted"))) {
      assertThatThrownBy(
              () ->
                  model.readLogits(
                      X,
                      logits -> {
                        throw sneaky(planted);
                      }))
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("planted")
          .cause()
          .isSameAs(planted);
    }
    assertUsable();
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  void readerThatCallsTheModel_isRefused() throws Exception {
    Hold reading = new Hold();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () ->
                    model.readLogits(
                        X,
                        logits -> {
                          reading.hereUnchecked();
                          refuseAll(logits);
                          return logits;
                        }));
    reading.awaitReached();
    waitingBehind.set(model.generate("x"));
    reading.release();
    caller.join();

    assertThat(notRefused).isEmpty();
    assertThat(refused).hasValue(CALLS);
    assertUsable();
  }

  private static final int CALLS = 12;
  private final AtomicReference<Generation> waitingBehind = new AtomicReference<>();
  private final AtomicInteger refused = new AtomicInteger();
  private final List<String> notRefused = new CopyOnWriteArrayList<>();

  private void refuseAll(Logits logits) {
    Generation waiting = waitingBehind.get();
    refuse("generate", () -> model.generate("x"));
    refuse("session", model::openSession);
    refuse("logits", () -> model.logits(X));
    refuse("embed", () -> model.embed("x"));
    refuse("sizes", () -> model.kvCache().sizes());
    refuse("clear", () -> model.kvCache().clear());
    refuse("template", () -> model.setChatTemplate(ChatTemplate.NONE));
    refuse("text", waiting::text);
    refuse("pause", waiting::pause);
    refuse("next", () -> waiting.iterator().next());
    refuse("batch", () -> model.generateBatch(List.of(X)));
    refuse("close", model::close);
    assertThat(logits.rows()).isEqualTo(ROWS.length);
  }

  private void refuse(String what, ThrowingCallable call) {
    try {
      call.call();
      notRefused.add(what);
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("inside a function that native code waits for");
      refused.incrementAndGet();
    } catch (Throwable e) {
      notRefused.add(what + ": " + e);
    }
  }

  @Test
  void readerThatClosesTheModel_failsItsPassOnly() {
    assertThatThrownBy(
            () ->
                model.readLogits(
                    X,
                    logits -> {
                      model.close();
                      return logits;
                    }))
        .isInstanceOf(InferenceException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    assertUsable();
  }

  @Test
  void missingOutput_isReportedWithMessage() {
    runtime.withRows(request -> new float[0][]);

    assertThatThrownBy(() -> model.logits(X))
        .isInstanceOf(InferenceException.class)
        .hasMessageContainingAll("returned no output", "converted");
    assertThatThrownBy(() -> model.embed("x")).isInstanceOf(InferenceException.class);
    assertThat(model.generate(X).text()).isNotEmpty();
  }

  @Test
  void timeout_inTheQueue_andWhileItRuns() throws Exception {
    ForwardOptions soon = ForwardOptions.builder().timeout(Duration.ofMillis(30)).build();
    model.generate("held");
    hold.awaitReached();
    assertThatThrownBy(() -> model.logits(X, Positions.last(), soon))
        .isInstanceOf(InferenceTimeoutException.class);
    assertThat(runtime.requests()).hasSize(1);
    hold.release();
    model.generate("x").text();

    Hold slow = new Hold();
    runtime.withRows(
        request -> {
          slow.hereUnchecked();
          return ROWS;
        });
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicInteger read = new AtomicInteger();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    model.readLogits(X, soon, logits -> read.incrementAndGet());
                  } catch (InferenceException e) {
                    thrown.set(e);
                  }
                });
    await().until(() -> runtime.aborts() > 0);
    slow.release();
    caller.join();
    assertThat(thrown.get()).isInstanceOf(InferenceTimeoutException.class);
    assertThat(read).hasValue(0); // the result is no longer needed
    runtime.withRows(request -> ROWS);
    assertUsable();
  }

  @Test
  void interrupt_leavesTheRun_andKeepsTheInterrupt() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    model.logits(TextPrompt.of("slow"));
                  } catch (InferenceException e) {
                    thrown.set(
                        Thread.currentThread().isInterrupted() ? e : new AssertionError("lost"));
                  }
                });
    hold.awaitReached();
    caller.interrupt();
    caller.join();
    hold.release();

    assertThat(thrown.get())
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("interrupted");
    assertUsable();
  }

  @Test
  void modelClosed_whileItRuns_isReported() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    model.logits(TextPrompt.of("slow"));
                  } catch (InferenceException e) {
                    thrown.set(e);
                  }
                });
    hold.awaitReached();
    Thread closer = Thread.ofPlatform().start(model::close);
    await().until(() -> runtime.aborts() > 0);
    hold.release();
    caller.join();
    closer.join();

    assertThat(thrown.get()).hasMessageContaining("model was closed");
    assertThatThrownBy(() -> model.logits(X))
        .isInstanceOf(ModelClosedException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void session_underTheRuntimesTemplate_standsInTheWay() {
    try (InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> model.logits(X))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("logits", "history", "Close the session");
      assertThatThrownBy(() -> model.hiddenStates(X)).hasMessageContaining("hidden states");
      assertThat(session.generate("x").text()).isNotEmpty();
    }
    assertUsable();
  }

  @Test
  void fullQueue_isRefusedAtOnce() throws Exception {
    model.generate("held");
    hold.awaitReached();
    model.generate("1");
    model.generate("2");
    assertThatThrownBy(() -> model.logits(X)).isInstanceOf(ModelBusyException.class);
    hold.release();
  }

  @Test
  void nulls_areRefused() {
    assertThatThrownBy(() -> model.logits(null)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> model.logits(X, null)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> model.readLogits(X, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> model.readHiddenStates(X, null, states -> 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> model.embed("x", null)).isInstanceOf(IllegalArgumentException.class);
    assertThat(runtime.requests()).isEmpty();
  }

  @Test
  void outputThatWasRead_isReturned_althoughTheModelIsClosedMeanwhile() throws Exception {
    RkllmModel closed = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load();
    Thread closing = Thread.ofPlatform().unstarted(closed::close);
    int read =
        closed.readLogits(
            X,
            logits -> {
              closing.start();
              await().until(() -> closed.toString().contains("closed"));
              return 5;
            });
    assertThat(read).isEqualTo(5);
    closing.join();
  }
}
