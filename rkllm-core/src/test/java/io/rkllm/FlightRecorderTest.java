package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.input.TextPrompt;
import io.rkllm.spi.RunPerformance;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Flight Recorder events that are documented in the package {@code io.rkllm.event}. */
@Timeout(60)
class FlightRecorderTest {
  private static final RunPerformance FIGURES = new RunPerformance(20, 7, 100, 3, 100);
  private static final List<String> NAMES =
      Stream.of("ModelLoad", "QueueWait", "Prefill", "Generation", "Cancel", "Error")
          .map("io.rkllm."::concat)
          .toList();

  private final Hold hold = new Hold();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (prompt) {
                case "held" -> Script.of().then(hold::here).then("a", "b", "c").thenFinish(FIGURES);
                case "fails" -> Script.of("x").thenError("planted").returning(-1);
                case "forward" -> Script.of();
                default -> Script.of(prompt);
              });

  @TempDir Path folder;

  private List<RecordedEvent> record(String model, Work work) throws Exception {
    try (Recording recording = new Recording()) {
      NAMES.forEach(name -> recording.enable(name).withThreshold(Duration.ZERO));
      recording.start();
      work.run();
      recording.stop();
      Path file = folder.resolve(model + ".jfr");
      recording.dump(file);
      return RecordingFile.readAllEvents(file).stream()
          .filter(event -> NAMES.contains(event.getEventType().getName()))
          .filter(
              event ->
                  event.getString("model").equals(model)) // other tests may run at the same time
          .sorted(Comparator.comparing(RecordedEvent::getEndTime))
          .toList();
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws Exception;
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("io.rkllm." + name))
        .toList();
  }

  @Test
  void events_areThoseOfThePage_withPlausibleFields() throws Exception {
    List<RecordedEvent> events =
        record(
            "recorded",
            () -> {
              try (RkllmModel model =
                  RkllmModel.builder(folder.resolve("recorded"))
                      .runtime(runtime)
                      .contextLength(1024)
                      .load()) {
                Generation held = model.generate("held");
                Generation waiting = model.generate("never");
                hold.awaitReached();
                waiting.cancel();
                hold.release();
                held.text();
                assertThatThrownBy(() -> model.generate("fails").text());
                model.embed("forward");
              }
            });

    RecordedEvent load = named(events, "ModelLoad").getFirst();
    assertThat(load.getString("path")).isEqualTo(folder.resolve("recorded").toString());
    assertThat(load.getString("release")).isEqualTo(runtime.info().release());
    assertThat(load.getInt("contextLength")).isEqualTo(1024);
    assertThat(load.getDuration()).isPositive();

    assertThat(named(events, "QueueWait")).hasSize(3); // the cancelled one never started

    List<RecordedEvent> prefills = named(events, "Prefill");
    assertThat(prefills).hasSize(2); // a forward pass generates no token
    RecordedEvent prefill = prefills.getFirst();
    assertThat(prefill.getInt("promptTokens")).isEqualTo(FIGURES.prefillTokens());

    List<RecordedEvent> generations = named(events, "Generation");
    assertThat(generations).hasSize(2);
    RecordedEvent generation = generations.getFirst();
    assertThat(generation.getString("finishReason")).isEqualTo("STOP");
    assertThat(generation.getInt("generatedTokens")).isEqualTo(3);
    assertThat(generation.getDouble("tokensPerSecond"))
        .isEqualTo(2 * 1000 / (double) FIGURES.generateMillis());
    assertThat(generation.getDuration()).isGreaterThanOrEqualTo(prefill.getDuration());
    assertThat(generation.getStartTime()).isAfterOrEqualTo(load.getEndTime());
    assertThat(generations.getLast().getInt("generatedTokens")).isZero();

    assertThat(named(events, "Cancel").stream().map(event -> event.getString("reason")))
        .containsExactly("CANCELLED");
    assertThat(named(events, "Error").stream().map(event -> event.getString("message")))
        .singleElement()
        .asString()
        .contains("planted");
    for (RecordedEvent event : events) {
      assertThat(event.getEventType().getCategoryNames()).containsExactly("rkllm");
      assertThat(event.getStackTrace()).isNull();
    }
  }

  @Test
  void batch_hasOnePrefill_andAGenerationForEachInput() throws Exception {
    List<RecordedEvent> events =
        record(
            "batched",
            () -> {
              try (RkllmModel model =
                  RkllmModel.builder(Path.of("batched")).runtime(runtime).batchSize(2).load()) {
                List<Generation> answers =
                    model.generateBatch(List.of(TextPrompt.of("early"), TextPrompt.of("held")));
                hold.awaitReached();
                hold.release();
                answers.forEach(Generation::text);
              }
            });

    assertThat(named(events, "QueueWait")).hasSize(1);
    assertThat(named(events, "Prefill")).hasSize(1);
    assertThat(named(events, "Generation").stream().map(event -> event.getInt("generatedTokens")))
        .containsExactlyInAnyOrder(1, 3);
    List<Duration> durations =
        named(events, "Generation").stream().map(RecordedEvent::getDuration).toList();
    assertThat(durations).doesNotHaveDuplicates(); // each until its own end
  }

  @Test
  void cancels_reportTheirReason_andStopSequencesAreNotReported() throws Exception {
    List<RecordedEvent> events =
        record(
            "stopped",
            () -> {
              try (RkllmModel model =
                  RkllmModel.builder(Path.of("stopped")).runtime(runtime).load()) {
                Generation late =
                    hold.startWithTimeout(
                        timeout ->
                            model.generate(
                                "held", GenerationOptions.builder().timeout(timeout).build()));
                await().until(() -> runtime.aborts() > 0);
                hold.release();
                assertThatThrownBy(late::text).isInstanceOf(InferenceTimeoutException.class);
                model
                    .generate("a STOP b", GenerationOptions.builder().stopSequences("STOP").build())
                    .text();
              }
            });

    assertThat(named(events, "Cancel").stream().map(event -> event.getString("reason")))
        .containsOnly("TIMED_OUT");
  }
}
