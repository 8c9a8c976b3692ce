package io.rkllm.tools.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import io.rkllm.input.MediaTags;
import io.rkllm.runtime.Capability;
import io.rkllm.simulator.SimulatorModelFile;
import io.rkllm.spi.ModelConfig;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The media tags that a model gets when it is loaded, from the family that its file names. */
class MediaTagsOfFilesTest {
  private static final MediaTags OWN = new MediaTags("<own>", "</own>", "<it>");

  @TempDir Path folder;

  private ScriptedRuntime runtime;

  @BeforeEach
  void prepare() {
    runtime = ScriptedRuntime.answering(prompt -> Script.silent());
  }

  private ModelConfig load(String modelClass, UnaryOperator<RkllmModel.Builder> options)
      throws IOException {
    Path file =
        SimulatorModelFile.of("RKLLM-SIMULATOR-MODEL 1\nname: tiny\n")
            .architecture("other")
            .text("rkllm.model_name", modelClass)
            .write(folder.resolve("model.rkllm"));
    options.apply(RkllmModel.builder(file).runtime(runtime)).load().close();
    return runtime.configs().getLast();
  }

  @Test
  void load_fileOfAFamilyWithMedia_hasItsTags() throws IOException {
    ModelConfig config = load("Qwen3VLForConditionalGeneration", builder -> builder);
    assertThat(config.imageTags()).isEqualTo(MediaTags.QWEN_VL_IMAGE);
    assertThat(config.videoTags()).isEqualTo(MediaTags.QWEN_VL_VIDEO);
    assertThat(config.audioTags()).isNull();
    assertThat(load("Gemma4ForConditionalGeneration", builder -> builder).audioTags())
        .isEqualTo(MediaTags.GEMMA_4_AUDIO);
  }

  @Test
  void load_tagsOfTheApplication_precedeThoseOfTheFamily() throws IOException {
    ModelConfig config =
        load(
            "Qwen3VLForConditionalGeneration",
            builder -> builder.imageTags(OWN).videoTags(OWN).audioTags(OWN));
    assertThat(config.imageTags()).isEqualTo(OWN);
    assertThat(config.videoTags()).isEqualTo(OWN);
    assertThat(config.audioTags()).isEqualTo(OWN);
  }

  @Test
  void load_onARuntimeWithoutVideoAndAudio_hasTagsForImagesOnly() throws IOException {
    Set<Capability> older = EnumSet.complementOf(EnumSet.of(Capability.VIDEO, Capability.AUDIO));
    runtime = runtime.withCapabilities(older);
    ModelConfig config = load("Gemma4ForConditionalGeneration", builder -> builder);
    assertThat(config.imageTags()).isEqualTo(MediaTags.GEMMA_4_IMAGE);
    assertThat(config.videoTags()).isNull();
    assertThat(config.audioTags()).isNull();
    assertThat(load("Qwen3VLForConditionalGeneration", builder -> builder).videoTags()).isNull();
  }

  @Test
  void load_fileOfAnotherFamily_hasNone() throws IOException {
    ModelConfig config = load("Qwen3ForCausalLM", builder -> builder);
    assertThat(config.imageTags()).isNull();
    assertThat(config.videoTags()).isNull();
    assertThat(config.audioTags()).isNull();
  }
}
