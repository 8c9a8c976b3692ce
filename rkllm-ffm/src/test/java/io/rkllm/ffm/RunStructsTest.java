package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.Sampling;
import io.rkllm.input.Audio;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.input.Videos;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The structs of a run match the vendor's header. They are read at the offsets of the golden files,
 * not with the classes that wrote them.
 */
class RunStructsTest {
  private static final MediaTags IMAGE = new MediaTags("<i>", "</i>", "<ip>");
  private static final MediaTags VIDEO = new MediaTags("<v>", "", "<vp>");
  private static final MediaTags AUDIO = new MediaTags("<a>", "</a>", "<ap>");
  private static final NativeFloats FLOATS = NativeFloats.copyOf(new float[48]);

  private static ModelConfig config(int members) {
    return ModelConfig.builder(Path.of("/x"))
        .imageTags(IMAGE)
        .videoTags(VIDEO)
        .audioTags(AUDIO)
        .batchSize(members)
        .build();
  }

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void free() {
    arena.close();
  }

  /** A struct in memory, described by the golden file. */
  private record Struct(Simulator simulator, String name, MemorySegment memory) {
    long offset(String field) {
      Map<String, Object> structs = Golden.object(Golden.read(simulator.layouts()).get("structs"));
      Map<String, Object> fields = Golden.object(Golden.object(structs.get(name)).get("fields"));
      return (int) Golden.object(fields.get(field)).get("offset");
    }

    static long size(Simulator simulator, String name) {
      Map<String, Object> structs = Golden.object(Golden.read(simulator.layouts()).get("structs"));
      return (int) Golden.object(structs.get(name)).get("size");
    }

    long number(String field) {
      return memory.get(JAVA_LONG_UNALIGNED, offset(field));
    }

    int integer(String field) {
      return memory.get(JAVA_INT, offset(field));
    }

    float real(String field) {
      return memory.get(JAVA_FLOAT, offset(field));
    }

    String text(String field) {
      return NativeMemory.ALL.asSlice(number(field)).getString(0);
    }

    Struct at(String field, String type) {
      return new Struct(simulator, type, memory.asSlice(offset(field)));
    }

    Struct behind(String field, String type) {
      return new Struct(simulator, type, NativeMemory.ALL.asSlice(number(field)));
    }
  }

  private List<Struct> inputs(Simulator simulator, Input... inputs) {
    return inputs(simulator, inputs.length, inputs);
  }

  private List<Struct> inputs(Simulator simulator, int members, Input... inputs) {
    MemorySegment array =
        CommonInputs.of(List.of(inputs), simulator.layout(), config(members), arena);
    long stride = Struct.size(simulator, "RKLLMInput");
    assertThat(array.byteSize()).isEqualTo(stride * members);
    List<Struct> structs = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      structs.add(new Struct(simulator, "RKLLMInput", array.asSlice(i * stride, stride)));
    }
    return structs;
  }

  @ParameterizedTest
  @EnumSource
  void batch_standsInARow(Simulator simulator) {
    List<Struct> inputs =
        inputs(
            simulator,
            TextPrompt.of("Grüße 🦀").withThinking(true),
            TokenPrompt.of(7, 0, 9),
            EmbeddingPrompt.of(FLOATS, 16),
            TextPrompt.of("[]").withRole(Role.TOOL));

    assertThat(inputs.stream().map(i -> i.integer("input_type"))).containsExactly(0, 1, 2, 0);
    assertThat(inputs.stream().map(i -> i.text("role")))
        .containsExactly("user", "user", "user", "tool");
    assertThat(inputs.stream().map(i -> i.integer("enable_thinking") & 0xff))
        .containsExactly(1, 0, 0, 0);
    assertThat(inputs.getFirst().text("prompt_input")).isEqualTo("Grüße 🦀");
    assertThat(inputs.get(3).text("prompt_input")).isEqualTo("[]");

    Struct tokens = inputs.get(1).at("token_input", "RKLLMTokenInput");
    assertThat(tokens.number("n_tokens")).isEqualTo(3);
    MemorySegment ids = NativeMemory.ALL.asSlice(tokens.number("input_ids"), 12);
    assertThat(ids.toArray(JAVA_INT)).containsExactly(7, 0, 9);

    Struct rows = inputs.get(2).at("embed_input", "RKLLMEmbedInput");
    assertThat(rows.number("n_tokens")).isEqualTo(3);
    assertThat(rows.number("embed")).as("no copy").isEqualTo(FLOATS.segment().address());
  }

  @ParameterizedTest
  @EnumSource
  void noInputs_areEmptyTexts(Simulator simulator) {
    assertThat(inputs(simulator, 2))
        .hasSize(2)
        .allSatisfy(
            input -> {
              assertThat(input.integer("input_type")).isZero();
              assertThat(input.text("role")).isEqualTo("user");
              assertThat(input.text("prompt_input")).isEmpty();
            });
  }

  private static final Images IMAGES = new Images(FLOATS, 8, 2, 3, 640, 480);
  private static final Audio AUDIOS = new Audio(FLOATS, 4, 2, 6);
  private static final Videos VIDEOS = new Videos(FLOATS, 4, 1, 4, 3, 320, 240);

  @Test
  void multimodalOf12_hasImagesAndNoTags() {
    Struct input =
        inputs(
                Simulator.V1_2,
                new MultimodalPrompt("<image><image>?", IMAGES, null, null, Role.TOOL, true))
            .getFirst();
    Struct member = input.at("multimodal_input", "RKLLMMultiModalInput");

    assertThat(input.integer("input_type")).isEqualTo(3);
    assertThat(input.text("role")).isEqualTo("tool");
    assertThat(input.integer("enable_thinking") & 0xff).isEqualTo(1);
    assertThat(member.text("prompt")).isEqualTo("<image><image>?");
    assertThat(member.number("image_embed")).isEqualTo(FLOATS.segment().address());
    assertThat(numbers(member, "n_image_tokens", "n_image", "image_width", "image_height"))
        .containsExactly(3, 2, 640, 480);

    MultimodalPrompt video = MultimodalPrompt.of("<video>", VIDEOS);
    assertThatThrownBy(() -> inputs(Simulator.V1_2, video))
        .hasMessageContaining("neither video nor audio input");
  }

  @ParameterizedTest
  @EnumSource(names = {"V1_3", "V1_3_1"})
  void multimodalOf13_hasImagesVideosAndTheirTags(Simulator simulator) {
    Struct member =
        inputs(
                simulator,
                new MultimodalPrompt(
                    "<image><image><video>?", IMAGES, VIDEOS, null, Role.USER, false))
            .getFirst()
            .at("multimodal_input", "RKLLMMultiModalInput");

    assertThat(member.text("prompt")).isEqualTo("<image><image><video>?");
    assertThat(member.number("image.image_embed")).isEqualTo(FLOATS.segment().address());
    assertThat(
            numbers(
                member,
                "image.n_image_tokens",
                "image.n_image",
                "image.image_width",
                "image.image_height"))
        .containsExactly(3, 2, 640, 480);
    assertThat(texts(member, "image.image_start", "image.image_end", "image.image_content"))
        .containsExactly("<i>", "</i>", "<ip>");
    assertThat(member.number("video.video_embed")).isEqualTo(FLOATS.segment().address());
    assertThat(
            numbers(
                member,
                "video.n_frame_tokens",
                "video.n_frame_per_video",
                "video.n_video",
                "video.frame_width",
                "video.frame_height"))
        .containsExactly(3, 4, 1, 320, 240);
    assertThat(texts(member, "video.video_start", "video.video_end", "video.video_content"))
        .containsExactly("<v>", "", "<vp>");
  }

  @Test
  void multimodalOf131_hasAudioAndItsTags() {
    Struct member =
        inputs(
                Simulator.V1_3_1,
                new MultimodalPrompt(
                    "<audio><image><image><audio>?", IMAGES, null, AUDIOS, Role.USER, false))
            .getFirst()
            .at("multimodal_input", "RKLLMMultiModalInput");

    assertThat(member.number("audio.audio_embed")).isEqualTo(FLOATS.segment().address());
    assertThat(numbers(member, "audio.n_audio_tokens", "audio.n_audio")).containsExactly(6, 2);
    assertThat(texts(member, "audio.audio_start", "audio.audio_end", "audio.audio_content"))
        .containsExactly("<a>", "</a>", "<ap>");
    assertThat(numbers(member, "image.n_image", "video.n_video")).containsExactly(2, 0);

    MultimodalPrompt sound = MultimodalPrompt.of("<audio><audio>", AUDIOS);
    assertThatThrownBy(() -> inputs(Simulator.V1_3, sound)).hasMessageContaining("no audio input");
    assertThatThrownBy(() -> inputs(Simulator.V1_2, sound)).hasMessageContaining("audio input");
  }

  /** A later release may read more, so each struct must be followed by zeros. */
  @ParameterizedTest
  @EnumSource
  void whatLiesBehindAStruct_isZero(Simulator simulator) {
    SegmentAllocator margin = NativeMemory.withMargin(arena);
    MemorySegment inputs =
        CommonInputs.of(List.of(TextPrompt.of("x")), simulator.layout(), config(1), margin);
    RunRequest request =
        RunRequest.builder()
            .inputs(List.of(TextPrompt.of("x")))
            .keepHistory(true)
            .sampling(simulator.is13() ? Sampling.builder().topK(3).build() : null)
            .loraAdapter("style")
            .promptCacheFile(Path.of("/tmp/cache"))
            .build();
    MemorySegment loaded = arena.allocate(Struct.size(simulator, "RKLLMParam"), 8);
    Struct param =
        new Struct(
            simulator, "RKLLMInferParam", simulator.layout().inferParam(request, loaded, margin));

    assertZeroBehind(inputs);
    assertZeroBehind(param.memory());
    assertZeroBehind(param, "lora_params", "RKLLMLoraParam");
    assertZeroBehind(param, "prompt_cache_params", "RKLLMPromptCacheParam");
    if (simulator.is13()) {
      assertZeroBehind(param, "sampling_params", "RKLLMSamplingParam");
    }
  }

  private static void assertZeroBehind(Struct struct, String field, String type) {
    long size = Struct.size(struct.simulator(), type);
    assertZeroBehind(NativeMemory.ALL.asSlice(struct.number(field), size));
  }

  private static void assertZeroBehind(MemorySegment struct) {
    MemorySegment behind = NativeMemory.ALL.asSlice(struct.address() + struct.byteSize(), 1000);
    assertThat(behind.toArray(JAVA_BYTE)).containsOnly(0);
  }

  @ParameterizedTest
  @EnumSource(names = {"V1_3", "V1_3_1"})
  void multimodalOf13_withOneKindOnly_leavesTheOtherZero(Simulator simulator) {
    Struct images =
        inputs(simulator, MultimodalPrompt.of("<image><image>", IMAGES))
            .getFirst()
            .at("multimodal_input", "RKLLMMultiModalInput");
    assertThat(numbers(images, "video.n_video", "video.video_embed", "video.video_start"))
        .containsOnly(0);
    Struct videos =
        inputs(simulator, MultimodalPrompt.of("<video>", VIDEOS))
            .getFirst()
            .at("multimodal_input", "RKLLMMultiModalInput");
    assertThat(numbers(videos, "image.n_image", "image.image_embed", "image.image_start"))
        .containsOnly(0);
  }

  private static long[] numbers(Struct struct, String... fields) {
    return Arrays.stream(fields).mapToLong(struct::number).toArray();
  }

  private static List<String> texts(Struct struct, String... fields) {
    return Arrays.stream(fields).map(struct::text).toList();
  }

  /** Sampling parameters of the model that a run does not change. */
  private static final Map<String, Float> MODELS =
      Map.of(
          "repeat_penalty", 1.5f,
          "frequency_penalty", 0.25f,
          "presence_penalty", 0.75f,
          "mirostat_tau", 4f,
          "mirostat_eta", 0.5f);

  private Struct inferParam(Simulator simulator, RunRequest request) {
    MemorySegment loaded = arena.allocate(Struct.size(simulator, "RKLLMParam"), 8);
    Struct param = new Struct(simulator, "RKLLMParam", loaded);
    loaded.set(JAVA_INT, param.offset("top_k"), 40);
    loaded.set(JAVA_INT, param.offset("mirostat"), 2);
    MODELS.forEach((field, value) -> loaded.set(JAVA_FLOAT, param.offset(field), value));
    return new Struct(
        simulator, "RKLLMInferParam", simulator.layout().inferParam(request, loaded, arena));
  }

  /** From 1.3 on, 2 lets the runtime free its output at once; before, the value is not defined. */
  @ParameterizedTest
  @EnumSource
  void outputRead_isTheValueOfTheRelease(Simulator simulator) {
    assertThat(simulator.layout().outputRead()).isEqualTo(simulator.is13() ? 2 : 0);
  }

  @ParameterizedTest
  @EnumSource
  void inferParam_withNothingSet_isZero(Simulator simulator) {
    Struct param = inferParam(simulator, RunRequest.of(TextPrompt.of("x")));

    assertThat(param.memory().byteSize()).isEqualTo(Struct.size(simulator, "RKLLMInferParam"));
    assertThat(param.memory().toArray(JAVA_BYTE)).containsOnly(0);
  }

  @ParameterizedTest
  @EnumSource
  void inferParam_hasModeHistoryAdapterAndCacheFile(Simulator simulator) {
    Map<InferenceMode, Integer> modes = new TreeMap<>();
    for (InferenceMode mode : InferenceMode.values()) {
      RunRequest request =
          RunRequest.builder()
              .inputs(List.of(TextPrompt.of("x")))
              .mode(mode)
              .keepHistory(true)
              .loraAdapter("stil")
              .promptCacheFile(Path.of("/tmp/ü.cache"))
              .build();
      Struct param = inferParam(simulator, request);
      modes.put(mode, param.integer("mode"));
      assertThat(param.integer("keep_history")).isEqualTo(1);
      assertThat(param.behind("lora_params", "RKLLMLoraParam").text("lora_adapter_name"))
          .isEqualTo("stil");
      Struct cache = param.behind("prompt_cache_params", "RKLLMPromptCacheParam");
      assertThat(cache.integer("save_prompt_cache")).isEqualTo(1);
      assertThat(cache.text("prompt_cache_path")).isEqualTo("/tmp/ü.cache");
    }
    assertThat(modes)
        .containsEntry(InferenceMode.GENERATE, 0)
        .containsEntry(InferenceMode.LAST_HIDDEN_LAYER, 1)
        .containsEntry(InferenceMode.LOGITS, 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"V1_3", "V1_3_1"})
  void inferParamOf13_hasLimitAndAllOfTheSampling(Simulator simulator) {
    Sampling sampling = Sampling.builder().topK(3).topP(0.5).temperature(0.25).build();
    Struct param =
        inferParam(
            simulator,
            RunRequest.builder()
                .inputs(List.of(TextPrompt.of("x")))
                .sampling(sampling)
                .maxNewTokens(77)
                .build());

    assertThat(param.integer("max_new_tokens")).isEqualTo(77);
    assertThat(param.integer("keep_history")).isZero();
    Struct own = param.behind("sampling_params", "RKLLMSamplingParam");
    assertThat(own.integer("top_k")).isEqualTo(3);
    assertThat(own.real("top_p")).isEqualTo(0.5f);
    assertThat(own.real("temperature")).isEqualTo(0.25f);
    assertThat(own.integer("mirostat")).as("the model's").isEqualTo(2);
    MODELS.forEach((field, value) -> assertThat(own.real(field)).as(field).isEqualTo(value));
  }
}
