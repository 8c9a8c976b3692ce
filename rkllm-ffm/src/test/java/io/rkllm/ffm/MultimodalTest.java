package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.input.Audio;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.Role;
import io.rkllm.input.Videos;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images with all releases, videos from 1.3.0 on, audio from 1.3.1 on. */
@Timeout(60)
class MultimodalTest {
  private static final int WIDTH = 8;

  @TempDir Path folder;

  private ModelFile file() {
    return ModelFile.in(
        folder,
        "embd: " + WIDTH,
        "picture: cat 0.25",
        "picture: dog -0.5",
        "picture: ship 0.75",
        "when: *",
        "role: tool",
        "needs: images",
        "say: a tool shows a {picture.1}",
        "when: *moves",
        "say: {videos} video of {video.frames} frames, {video.width}x{video.height},"
            + " a {picture.1}, {video.start}{video.content}{video.end}",
        "when: *",
        "needs: audios",
        "say: {audios} clips of {audio.tokens}, a {picture.1} and a {picture.2},"
            + " {audio.start}{audio.content}{audio.end}",
        "when: *",
        "needs: images",
        "say: {images} images of {image.tokens}, {image.width}x{image.height},"
            + " a {picture.1} and a {picture.2}, {image.start}{image.content}{image.end}",
        "when: *",
        "say: nothing to see");
  }

  private static NativeModel load(Simulator simulator, ModelFile file) {
    return simulator
        .runtime()
        .load(
            file.with()
                .contextLength(1024)
                .imageTags(new MediaTags("<i>", "</i>", "<ip>"))
                .videoTags(new MediaTags("<v>", "</v>", "<vp>"))
                .audioTags(new MediaTags("<a>", "</a>", "<ap>"))
                .build());
  }

  /** Returns a cat and a dog, of four tokens each. */
  private static Images catAndDog() {
    NativeFloats rows = NativeFloats.allocate(2 * 4 * WIDTH);
    FloatBuffer buffer = rows.buffer();
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, i < 4 * WIDTH ? 0.25f : -0.5f);
    }
    return new Images(rows, WIDTH, 2, 4, 640, 480);
  }

  private static String say(NativeModel model, Input input) {
    return answer(model, RunRequest.of(input));
  }

  @ParameterizedTest
  @EnumSource
  void images_arriveWithTheirSizesAndTags(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);

    assertThat(say(model, MultimodalPrompt.of("<image> or <image>?", catAndDog())))
        .isEqualTo("2 images of 4, 640x480, a cat and a dog, <i><ip></i>");
    Images image = Inputs.images(1, WIDTH, 0.75f);
    MultimodalPrompt tool =
        new MultimodalPrompt("[\"<image>\"]", image, null, null, Role.TOOL, false);
    assertThat(say(model, tool)).isEqualTo("a tool shows a ship");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void otherImage_isNotMistakenForTheSamePrompt(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);
    for (float value : new float[] {0.25f, -0.5f, 0.25f}) {
      Images image = Inputs.images(2, WIDTH, value);
      assertThat(say(model, MultimodalPrompt.of("<image><image>?", image)))
          .contains(value > 0 ? "a cat and a cat" : "a dog and a dog");
    }
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource(names = {"V1_3", "V1_3_1"})
  void video_arrivesWithItsSizesAndTags(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);

    assertThat(
            say(model, MultimodalPrompt.of("<video>What moves?", Inputs.videos(5, WIDTH, 0.75f))))
        .isEqualTo("1 video of 5 frames, 32x16, a ship, <v><vp></v>");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource(names = {"V1_3", "V1_3_1"})
  void severalVideos_areCountedApartFromTheirFrames(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);
    NativeFloats rows = NativeFloats.allocate(2 * 3 * 4 * WIDTH);
    FloatBuffer buffer = rows.buffer();
    while (buffer.hasRemaining()) {
      buffer.put(0.75f);
    }
    Videos two = new Videos(rows, WIDTH, 2, 3, 4, 32, 16);

    assertThat(say(model, MultimodalPrompt.of("<video><video>What moves?", two)))
        .isEqualTo("2 video of 3 frames, 32x16, a ship, <v><vp></v>");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource(names = "V1_3_1")
  void audio_arrivesWithItsSizesAndTags(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);
    Audio clips = new Audio(catAndDog().embeddings(), WIDTH, 2, 4);

    assertThat(say(model, MultimodalPrompt.of("<audio>What is <audio>that?", clips)))
        .isEqualTo("2 clips of 4, a cat and a dog, <a><ap></a>");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void asyncRun_readsThemToo(Simulator simulator) {
    ModelFile file = file();
    NativeModel model =
        simulator
            .runtime()
            .load(file.with().nativeAsync(true).imageTags(new MediaTags("", "", "<ip>")).build());

    assertThat(say(model, MultimodalPrompt.of("<image><image>", catAndDog())))
        .contains("a cat and a dog, <ip>");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void everyKindOfInput_arrivesAsThat(Simulator simulator) {
    ModelFile file =
        ModelFile.in(folder, "template: none", "embd: 8", "when: *", "say: type {run.input_type}");
    NativeModel model =
        simulator
            .runtime()
            .load(
                file.with()
                    .imageTags(MediaTags.QWEN_VL_IMAGE)
                    .videoTags(MediaTags.QWEN_VL_VIDEO)
                    .audioTags(MediaTags.GEMMA_4_AUDIO)
                    .build());
    List<String> answers = new ArrayList<>();
    for (Input input : Inputs.ofEveryKind(simulator, 8)) {
      answers.add(answer(model, RunRequest.of(input)));
    }

    List<String> expected = new ArrayList<>(List.of("type 0", "type 1", "type 2", "type 3"));
    if (simulator.is13()) {
      expected.add("type 3");
    }
    if (simulator == Simulator.V1_3_1) {
      expected.add("type 3");
    }
    assertThat(answers).isEqualTo(expected);
    destroy(model, file);
  }
}
