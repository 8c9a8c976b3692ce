package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.rkllm.event.ModelListener;
import io.rkllm.event.RunKind;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The events that a listener receives, their order, and the effects of a misbehaving listener. */
@Timeout(30)
class ListenerTest {
  private final Hold hold = new Hold();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (prompt) {
                case "held" -> Script.of("a").then(hold::here).then("b");
                case "fails" -> Script.of("x").returning(-1);
                case "count" -> Script.counting(1000);
                default -> Script.of(prompt);
              });

  private final Recorder heard = new Recorder();

  private RkllmModel.Builder builder() {
    return builder(heard);
  }

  private RkllmModel.Builder builder(ModelListener listener) {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime).listener(listener);
  }

  private void awaitHeard(String... events) {
    await().untilAsserted(() -> assertThat(heard.events).containsExactly(events));
  }

  @Test
  void everything_isDeliveredInOrder_onOneThread() throws Exception {
    try (RkllmModel model = builder().load()) {
      model.generate("one").text();
      assertThatThrownBy(() -> model.generate("fails").text());
      model.embed("x");
      Generation running = model.generate("held");
      Generation waiting = model.generate("never");
      hold.awaitReached();
      waiting.cancel();
      hold.release();
      running.text();
    }

    awaitHeard(
        "load scripted",
        "start 1",
        "end 1 STOP one",
        "start 2",
        "failure 2",
        "start 3",
        "end 3 STOP ",
        "start 4",
        "end 5 CANCELLED ",
        "end 4 STOP ab",
        "close");
    assertThat(heard.threads).hasSize(1).allMatch(name -> name.contains("rkllm-listener"));
  }

  @Test
  void pausedAndResumed_areTwoRuns() {
    try (RkllmModel model = builder().load()) {
      PausedGeneration paused = Pausing.pausedRun(model, "count");
      paused.resume().text();
    }

    await().until(() -> heard.events.contains("close"));
    assertThat(heard.events).anyMatch(event -> event.contains("PAUSED"));
    String last = heard.events.get(heard.events.size() - 2);
    assertThat(last).contains("STOP").endsWith("999 ");
  }

  @Test
  void batch_endsAsOftenAsItHasInputs() {
    try (RkllmModel model = builder().batchSize(2).load()) {
      model
          .generateBatch(List.of(TextPrompt.of("a"), TextPrompt.of("b")))
          .forEach(Generation::text);
    }

    await().until(() -> heard.events.contains("close"));
    assertThat(heard.events)
        .containsExactlyInAnyOrder(
            "load scripted", "start 1", "end 1 STOP a", "end 1 STOP b", "close");
  }

  @Test
  void exceptions_areContained_andTheNextIsDelivered() {
    ModelListener throwing =
        new ModelListener() {
          @Override
          public void onLoad(Path model, RuntimeInfo info, Duration loadTime) {
            throw new IllegalStateException("planted");
          }

          @Override
          public void onStart(long run, Duration queueTime) {
            throw new StackOverflowError("planted");
          }

          @Override
          public void onEnd(long run, GenerationResult result) {
            heard.onEnd(run, result);
            throw new AssertionError("planted");
          }
        };
    try (RkllmModel model = builder(throwing).load()) {
      assertThat(model.generate("x").text() + model.generate("y").text()).isEqualTo("xy");
    }
    awaitHeard("end 1 STOP x", "end 2 STOP y");
  }

  @Test
  void slowListener_delaysNothing() throws Exception {
    ModelListener slow =
        new ModelListener() {
          @Override
          public void onStart(long run, Duration queueTime) {
            hold.hereUnchecked();
          }
        };
    RkllmModel model = builder(slow).load();
    Generation generation = model.generate("x");
    hold.awaitReached();
    assertThat(generation.text()).isEqualTo("x");
    assertThat(model.generate("y").text()).isEqualTo("y");
    model.close(); // does not block either
    hold.release();
  }

  /** Otherwise the heap would fill with undelivered events. */
  @Test
  void listenerThatDoesNotReturn_receivesABoundedNumberOfEvents_andTheLogSaysSo() throws Exception {
    ModelListener stuck =
        new ModelListener() {
          @Override
          public void onLoad(Path model, RuntimeInfo info, Duration loadTime) {
            hold.hereUnchecked();
          }

          @Override
          public void onStart(long run, Duration queueTime) {
            heard.events.add("start " + run);
          }
        };
    try (RkllmModel model = builder(stuck).load()) {
      hold.awaitReached();
      for (int i = 0; i < 700; i++) {
        model.generate("x").text(); // two events each
      }
      hold.release();
      await().until(() -> heard.events.contains("start 512"));
      model.generate("x").text();
      await().until(() -> heard.events.contains("start 701"));
    }
    assertThat(heard.events).hasSize(513).endsWith("start 512", "start 701");
    String log = Files.readString(Path.of(System.getProperty("org.slf4j.simpleLogger.logFile")));
    assertThat(log)
        .containsOnlyOnce("1024 events are queued")
        .containsOnlyOnce("376 events were dropped");
  }

  @Test
  void listener_mayCallTheModel() {
    Set<String> answers = ConcurrentHashMap.newKeySet();
    RkllmModel[] itself = new RkllmModel[1];
    ModelListener asking =
        new ModelListener() {
          @Override
          public void onEnd(long run, GenerationResult result) {
            if (result.text().equals("x")) {
              answers.add(itself[0].generate("y").text());
            }
          }
        };
    try (RkllmModel model = builder(asking).load()) {
      itself[0] = model;
      model.generate("x").text();
      await().until(() -> answers.contains("y"));
    }
  }

  @Test
  void listeners_areCalledInTheirOrder_andOneThatThrowsHidesNothingFromTheNext() {
    ModelListener throwing =
        new ModelListener() {
          @Override
          public void onStart(long run, Duration queueTime) {
            heard.events.add("first " + run);
            throw new IllegalStateException("planted");
          }
        };
    try (RkllmModel model = builder(throwing).listener(heard).load()) {
      model.generate("x").text();
    }
    awaitHeard("load scripted", "first 1", "start 1", "end 1 STOP x", "close");
  }

  @Test
  void forRun_isCalledByTheRequestingThread_andItsListenerReceivesTheEventsOfTheRun() {
    List<RunKind> kinds = new CopyOnWriteArrayList<>();
    ModelListener listener =
        new ModelListener() {
          @Override
          public ModelListener forRun(RunKind kind) {
            kinds.add(kind);
            String caller = Thread.currentThread().getName();
            return new ModelListener() {
              @Override
              public void onEnd(long run, GenerationResult result) {
                heard.events.add("end " + run + " for " + caller);
              }

              @Override
              public void onFailure(long run, InferenceException failure) {
                heard.events.add("failure " + run + " for " + caller);
              }
            };
          }

          @Override
          public void onClose() {
            heard.events.add("close");
          }
        };
    String caller = Thread.currentThread().getName();
    try (RkllmModel model = builder(listener).load()) {
      model.generate("x").text();
      model.embed("x");
      assertThatThrownBy(() -> model.generate("fails").text());
    }
    awaitHeard("end 1 for " + caller, "end 2 for " + caller, "failure 3 for " + caller, "close");
    assertThat(kinds)
        .containsExactly(RunKind.GENERATION, RunKind.HIDDEN_STATES, RunKind.GENERATION);
  }

  @Test
  void forRunThatThrows_leavesTheEventsToTheListenerItself() {
    ModelListener throwing =
        new ModelListener() {
          @Override
          public ModelListener forRun(RunKind kind) {
            throw new IllegalStateException("planted");
          }

          @Override
          public void onEnd(long run, GenerationResult result) {
            heard.onEnd(run, result);
          }
        };
    try (RkllmModel model = builder(throwing).load()) {
      assertThat(model.generate("x").text()).isEqualTo("x");
    }
    awaitHeard("end 1 STOP x");
  }

  @Test
  void modelThatCouldNotBeLoaded_isNeitherLoadedNorClosed() {
    InferenceRuntime refusing = mock(InferenceRuntime.class);
    when(refusing.info()).thenReturn(runtime.info());
    when(refusing.load(any())).thenThrow(new ModelLoadException("planted", Path.of("x"), -1, null));
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(refusing);

    assertThatThrownBy(() -> builder().runtime(provider).load())
        .isInstanceOf(ModelLoadException.class);
    try (RkllmModel model = builder().load()) { // its events come after those of the first
      model.generate("x").text();
    }
    awaitHeard("load scripted", "start 1", "end 1 STOP x", "close");
  }

  private static final class Recorder implements ModelListener {
    final List<String> events = new CopyOnWriteArrayList<>();
    final Set<String> threads = ConcurrentHashMap.newKeySet();

    private void hear(String event) {
      threads.add(Thread.currentThread().getName());
      events.add(event);
    }

    @Override
    public void onLoad(Path model, RuntimeInfo runtime, Duration loadTime) {
      assertThat(loadTime).isPositive();
      hear("load " + model.getFileName());
    }

    @Override
    public void onStart(long run, Duration queueTime) {
      assertThat(queueTime.isNegative()).isFalse();
      hear("start " + run);
    }

    @Override
    public void onEnd(long run, GenerationResult result) {
      hear("end " + run + " " + result.finishReason() + " " + result.text());
    }

    @Override
    public void onFailure(long run, InferenceException failure) {
      assertThat(failure.nativeCode()).isEqualTo(-1);
      hear("failure " + run);
    }

    @Override
    public void onClose() {
      hear("close");
    }
  }
}
