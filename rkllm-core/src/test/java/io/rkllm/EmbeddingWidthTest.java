package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.forward.EmbedOptions;
import io.rkllm.input.Audio;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Images;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.input.Videos;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Embeddings of another width than the model's, which would be read beyond their end, are rejected.
 */
@Timeout(30)
class EmbeddingWidthTest {
  private static final int WIDTH = 4;
  private static final EmbeddingPrompt RIGHT = EmbeddingPrompt.of(new float[2 * WIDTH], WIDTH);
  private static final EmbeddingPrompt WRONG = EmbeddingPrompt.of(new float[2 * WIDTH], 2 * WIDTH);

  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(Script::of).withRows(request -> new float[1][WIDTH]);

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime);
  }

  @Test
  void told_anotherIsRefusedAtOnce() {
    try (RkllmModel model = builder().embeddingWidth(WIDTH).load()) {
      assertThatThrownBy(() -> model.generate(WRONG))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("rows of 4", "rows of 8", "embedding width");
      assertThatThrownBy(() -> model.embed(WRONG, EmbedOptions.defaults()))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(runtime.requests()).isEmpty();
      assertThat(model.generate(RIGHT).text()).isEqualTo(RIGHT.toString());
    }
    assertThat(runtime.requests()).hasSize(1); // no probe was necessary
  }

  @Test
  void learnedFromHiddenStates_anotherIsRejectedAtOnce() {
    try (RkllmModel model = builder().load()) {
      model.hiddenStates(TextPrompt.of("x"));

      assertThatThrownBy(() -> model.generate(WRONG)).isInstanceOf(IllegalArgumentException.class);
      assertThat(model.generate(RIGHT).text()).isNotEmpty();
    }
    assertThat(runtime.requests()).hasSize(2);
  }

  @Test
  void unknown_isDetectedByARunOfOneToken_once() {
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.generate(WRONG).text())
          .isInstanceOf(InferenceException.class)
          .hasCauseInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("rows of 4", "rows of 8");
      assertThat(model.generate(RIGHT).text()).isNotEmpty();
      assertThatThrownBy(() -> model.generate(WRONG)).isInstanceOf(IllegalArgumentException.class);
    }

    assertThat(runtime.requests())
        .containsExactly(
            RunRequest.of(TokenPrompt.of(0)).toBuilder()
                .mode(InferenceMode.LAST_HIDDEN_LAYER)
                .build(),
            RunRequest.of(RIGHT));
  }

  @Test
  void unknown_andTheModelGivesNoHiddenStates_isRefusedWithTheOption() {
    runtime.withRows(request -> new float[0][]);
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.generate(RIGHT).text())
          .isInstanceOf(InferenceException.class)
          .hasMessageContainingAll("embeddingWidth", "hidden_size");
      assertThat(model.generate("x").text()).isEqualTo("x");
    }
    assertThat(runtime.requests()).noneMatch(request -> request.inputs().contains(RIGHT));
  }

  @Test
  void unknown_inASessionOfTheRuntimes_isRefused_forARunWouldDisturbItsHistory() {
    try (RkllmModel model = builder().load();
        InferenceSession session = model.openSession()) {
      session.generate("one").text();
      assertThatThrownBy(() -> session.generate(RIGHT).text())
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("embeddingWidth");
      assertThat(session.generate("two").text()).isEqualTo("two");
    }
    assertThat(runtime.requests()).allMatch(RunRequest::keepHistory).hasSize(2);
  }

  @Test
  void unknown_inABatch_isRefused() {
    try (RkllmModel model = builder().batchSize(2).load()) {
      for (Generation each : model.generateBatch(List.of(RIGHT, TextPrompt.of("x")))) {
        assertThatThrownBy(each::text).hasMessageContaining("embeddingWidth");
      }
    }
    assertThat(runtime.requests()).isEmpty();
  }

  @Test
  void otherMedia_areCheckedToo() {
    MultimodalPrompt image =
        MultimodalPrompt.of("<image>", Images.of(new float[2 * WIDTH], 2 * WIDTH, 1, 8, 8));
    MultimodalPrompt video =
        MultimodalPrompt.of("<video>", Videos.of(new float[2 * WIDTH], 2 * WIDTH, 1, 1, 8, 8));
    MultimodalPrompt clip =
        MultimodalPrompt.of("<audio>", Audio.of(new float[2 * WIDTH], 2 * WIDTH, 1));
    try (RkllmModel model =
        builder()
            .embeddingWidth(WIDTH)
            .imageTags(MediaTags.QWEN_VL_IMAGE)
            .videoTags(MediaTags.QWEN_VL_VIDEO)
            .audioTags(MediaTags.GEMMA_4_AUDIO)
            .load()) {
      assertThatThrownBy(() -> model.generate(image))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("images' embeddings");
      assertThatThrownBy(() -> model.generate(video))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("videos' embeddings");
      assertThatThrownBy(() -> model.generate(clip))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("audio clips' embeddings");
    }
    assertThat(runtime.requests()).isEmpty();
  }

  @Test
  void media_withoutTagsOrCapability_areRejectedWithMessage() {
    MultimodalPrompt image =
        MultimodalPrompt.of("<image>", Images.of(new float[WIDTH], WIDTH, 1, 8, 8));
    MultimodalPrompt video =
        MultimodalPrompt.of("<video>", Videos.of(new float[WIDTH], WIDTH, 1, 1, 8, 8));
    MultimodalPrompt clip = MultimodalPrompt.of("<audio>", Audio.of(new float[WIDTH], WIDTH, 1));
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.generate(image))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("RkllmModel.Builder.imageTags");
      assertThatThrownBy(() -> model.generate(video))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("RkllmModel.Builder.videoTags");
      assertThatThrownBy(() -> model.generate(clip))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("RkllmModel.Builder.audioTags");
    }
    ScriptedRuntime deaf =
        runtime.withCapabilities(EnumSet.complementOf(EnumSet.of(Capability.AUDIO)));
    assertThatThrownBy(
            () ->
                RkllmModel.builder(Path.of("x"))
                    .runtime(deaf)
                    .audioTags(MediaTags.GEMMA_4_AUDIO)
                    .load())
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("1.3.1 or later");
    ScriptedRuntime old = runtime.withCapabilities(EnumSet.noneOf(Capability.class));
    try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(old).load()) {
      assertThatThrownBy(() -> model.generate(video))
          .isInstanceOfSatisfying(
              UnsupportedFeatureException.class,
              e -> assertThat(e.capability()).isEqualTo(Capability.VIDEO));
    }
    assertThatThrownBy(
            () ->
                RkllmModel.builder(Path.of("x"))
                    .runtime(old)
                    .videoTags(MediaTags.QWEN_VL_VIDEO)
                    .load())
        .isInstanceOf(UnsupportedFeatureException.class);
    assertThat(old.configs()).hasSize(1);
  }
}
