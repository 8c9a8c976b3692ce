package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.Videos;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Memory that native code reads in place stays open exactly as long as a run may read it. */
@Timeout(30)
class LeaseTest {
  private static final int WIDTH = 8;

  private final Hold hold = new Hold();
  private final AtomicReference<Script> answer = new AtomicReference<>(Script.of("ok"));
  private final ScriptedRuntime runtime =
      ScriptedRuntime.of(
          request ->
              ScriptedRuntime.promptOf(request).equals("held")
                  ? Script.of("a").then(hold::here).then("b")
                  : answer.get());
  private final RkllmModel.Builder builder =
      RkllmModel.builder(Path.of("scripted"))
          .runtime(runtime)
          .embeddingWidth(WIDTH)
          .imageTags(MediaTags.QWEN_VL_IMAGE)
          .videoTags(MediaTags.QWEN_VL_VIDEO)
          .queueCapacity(1);
  private final NativeFloats floats = NativeFloats.allocate(WIDTH);
  private final EmbeddingPrompt prompt = EmbeddingPrompt.of(floats, WIDTH);

  @AfterEach
  void release() {
    hold.release();
  }

  private void assertHeldOpen() {
    assertThatThrownBy(floats::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("in use by 1 run", "wait");
    floats.buffer().get(0); // the memory is open
  }

  private void assertFree() {
    assertThatCode(floats::close).doesNotThrowAnyException();
    assertThatThrownBy(() -> floats.buffer().get(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whileItWaits_andWhileItRuns_andAfterItsEnd() throws Exception {
    Hold inside = new Hold();
    answer.set(Script.of("x").then(inside::here));
    try (RkllmModel model = builder.load()) {
      Generation before = model.generate("held");
      Generation generation = model.generate(prompt);
      hold.awaitReached();
      assertHeldOpen();
      hold.release();
      before.text();
      inside.awaitReached();
      assertHeldOpen();
      inside.release();
      assertThat(generation.text()).isEqualTo("x");
      assertFree();
      assertThatThrownBy(() -> model.generate(prompt))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("closed", "allocate new memory");
    }
  }

  @Test
  void cancelledInTheQueue_frees() throws Exception {
    try (RkllmModel model = builder.load()) {
      model.generate("held");
      hold.awaitReached();
      model.generate(prompt).cancel();
      assertFree();
      hold.release();
    }
  }

  @Test
  void cancelledWhileItRuns_freesOnlyWhenNativeCodeHasReturned() throws Exception {
    Hold inside = new Hold();
    answer.set(Script.of("x").then(inside::here).then("y"));
    try (RkllmModel model = builder.load()) {
      Generation generation = model.generate(prompt);
      inside.awaitReached();
      generation.cancel();
      await().until(() -> runtime.aborts() > 0);
      assertHeldOpen();
      inside.release();
      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertFree();
    }
  }

  @Test
  void failedRun_frees() {
    answer.set(Script.of("x").returning(-1));
    try (RkllmModel model = builder.load()) {
      assertThatThrownBy(() -> model.generate(prompt).text())
          .isInstanceOf(InferenceException.class);
      assertFree();
    }
  }

  @Test
  void throwingRun_frees() {
    answer.set(
        Script.of("x")
            .then(
                () -> {
                  throw new IllegalStateException("planted");
                }));
    try (RkllmModel model = builder.load()) {
      assertThatThrownBy(() -> model.generate(prompt).text()).hasMessageContaining("planted");
      assertFree();
    }
  }

  @Test
  void timeoutInTheQueue_frees() throws Exception {
    try (RkllmModel model = builder.load()) {
      model.generate("held");
      hold.awaitReached();
      Generation late =
          model.generate(
              prompt, GenerationOptions.builder().timeout(Duration.ofMillis(10)).build());
      assertThatThrownBy(late::text).isInstanceOf(InferenceTimeoutException.class);
      assertFree();
      hold.release();
    }
  }

  @Test
  void modelClosed_freesWhatWaited_andWhatRan() throws Exception {
    Hold inside = new Hold();
    answer.set(Script.of("x").then(inside::here).then("y"));
    NativeFloats waiting = NativeFloats.allocate(WIDTH);
    RkllmModel model = builder.load();
    model.generate(prompt);
    model.generate(EmbeddingPrompt.of(waiting, WIDTH));
    inside.awaitReached();
    Thread closer = Thread.ofPlatform().start(model::close);
    await().until(() -> runtime.aborts() > 0);
    assertThatCode(waiting::close).doesNotThrowAnyException(); // it will never be read
    assertHeldOpen();
    inside.release();
    closer.join();
    assertFree();
  }

  @Test
  void fullQueue_leavesNoLease() throws Exception {
    try (RkllmModel model = builder.load()) {
      model.generate("held");
      model.generate("waits");
      hold.awaitReached();
      assertThatThrownBy(() -> model.generate(prompt)).isInstanceOf(ModelBusyException.class);
      assertFree();
      hold.release();
    }
  }

  @Test
  void closedModel_leavesNoLease() {
    RkllmModel model = builder.load();
    model.close();
    assertThatThrownBy(() -> model.generate(prompt)).isInstanceOf(ModelClosedException.class);
    assertFree();
  }

  @Test
  void oneOfTwoMemoriesClosed_leavesNoLeaseOnTheOther() {
    NativeFloats closed = NativeFloats.allocate(WIDTH);
    MultimodalPrompt both =
        new MultimodalPrompt(
            "<image><video>",
            new Images(floats, WIDTH, 1, 1, 4, 4),
            new Videos(closed, WIDTH, 1, 1, 1, 4, 4),
            null,
            Role.USER,
            false);
    closed.close();
    try (RkllmModel model = builder.load()) {
      assertThatThrownBy(() -> model.generate(both)).hasMessageContaining("closed");
      assertFree();
    }
  }

  @Test
  void imagesAndVideos_areHeldOpenToo() throws Exception {
    Hold inside = new Hold();
    answer.set(Script.of("x").then(inside::here));
    NativeFloats video = NativeFloats.allocate(WIDTH);
    try (RkllmModel model = builder.load()) {
      Generation generation =
          model.generate(
              new MultimodalPrompt(
                  "<image><video>",
                  new Images(floats, WIDTH, 1, 1, 4, 4),
                  new Videos(video, WIDTH, 1, 1, 1, 4, 4),
                  null,
                  Role.USER,
                  false));
      inside.awaitReached();
      assertHeldOpen();
      assertThatThrownBy(video::close).isInstanceOf(IllegalStateException.class);
      inside.release();
      generation.text();
      assertFree();
      video.close();
    }
  }

  @Test
  void oneMemoryInABatch_isFreeWhenTheRunHasEnded_notBefore() throws Exception {
    Hold inside = new Hold();
    answer.set(Script.of("x"));
    ScriptedRuntime batches =
        ScriptedRuntime.of(
            request ->
                request.input() instanceof TextPrompt
                    ? Script.of("a").then(inside::here)
                    : Script.of("x"));
    try (RkllmModel model =
        RkllmModel.builder(Path.of("b"))
            .runtime(batches)
            .embeddingWidth(WIDTH)
            .batchSize(3)
            .load()) {
      List<Input> inputs = List.of(prompt, prompt, TextPrompt.of("held"));
      List<Generation> answers = model.generateBatch(inputs);
      inside.awaitReached();
      assertThat(answers.getFirst().text())
          .isEqualTo("x"); // the answer has ended, but its run has not
      assertThatThrownBy(floats::close).hasMessageContaining("2 runs");
      inside.release();
      answers.getLast().text();
      assertFree();
    }
  }

  @Test
  void copies_areReleasedAutomatically() {
    try (RkllmModel model = builder.load()) {
      EmbeddingPrompt copy = EmbeddingPrompt.of(new float[WIDTH], WIDTH);
      copy.values().close();
      assertThat(model.generate(copy).text()).isEqualTo("ok");
      assertThat(model.generate(copy).text()).isEqualTo("ok");
    }
  }
}
