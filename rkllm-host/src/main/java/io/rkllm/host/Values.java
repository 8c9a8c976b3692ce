package io.rkllm.host;

import io.rkllm.Sampling;
import io.rkllm.input.Audio;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.input.Tokenizer;
import io.rkllm.input.Videos;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The values in frames: each {@code put} has a {@code take} that reads the same fields in the same
 * order.
 */
final class Values {
  private static final BiConsumer<FrameWriter, Integer> INT = FrameWriter::put;
  private static final BiConsumer<FrameWriter, Float> FLOAT = FrameWriter::put;
  private static final BiConsumer<FrameWriter, Boolean> BOOLEAN = FrameWriter::put;
  private static final BiConsumer<FrameWriter, String> STRING = FrameWriter::put;

  private Values() {}

  // ---- Simple values

  static void putPath(FrameWriter out, Path path) {
    out.put(path.toString());
  }

  static Path takePath(FrameReader in) {
    return Path.of(in.takeString());
  }

  static void putNullableString(FrameWriter out, @Nullable String text) {
    out.putNullable(text, STRING);
  }

  static @Nullable String takeNullableString(FrameReader in) {
    return in.takeNullable(FrameReader::takeString);
  }

  // ---- Opening and loading

  static void put(FrameWriter out, RuntimeOptions options) {
    out.putNullable(options.library(), Values::putPath);
    putNullableString(out, options.abi());
    out.put(options.captureOutput());
  }

  static RuntimeOptions takeRuntimeOptions(FrameReader in) {
    return new RuntimeOptions(
        in.takeNullable(Values::takePath), takeNullableString(in), in.takeBoolean());
  }

  static void put(FrameWriter out, RuntimeInfo info) {
    out.put(info.release()).put(info.known()).put(info.abi());
    out.putNullable(info.library(), Values::putPath).put(info.simulator());
    out.putAll(List.copyOf(info.capabilities()), FrameWriter::put);
  }

  static RuntimeInfo takeRuntimeInfo(FrameReader in) {
    String release = in.takeString();
    boolean known = in.takeBoolean();
    String abi = in.takeString();
    Path library = in.takeNullable(Values::takePath);
    boolean simulator = in.takeBoolean();
    Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
    capabilities.addAll(in.takeAll(each -> each.takeEnum(Capability.class)));
    return new RuntimeInfo(release, known, abi, library, simulator, capabilities);
  }

  static void put(FrameWriter out, DoctorReport report) {
    out.putAll(
        report.findings(),
        (to, finding) -> to.put(finding.subject()).put(finding.status()).put(finding.detail()));
    out.put(report.usable());
  }

  static DoctorReport takeDoctorReport(FrameReader in) {
    return new DoctorReport(
        in.takeAll(
            each ->
                new DoctorReport.Finding(
                    each.takeString(),
                    each.takeEnum(DoctorReport.Status.class),
                    each.takeString())),
        in.takeBoolean());
  }

  /** Writes a configuration without the functions of the application, which stay there. */
  static void put(FrameWriter out, ModelConfig config) {
    putPath(out, config.path());
    out.putNullable(config.contextLength(), INT);
    out.putNullable(config.maxNewTokens(), INT);
    out.putNullable(config.keepTokens(), INT);
    put(out, config.sampling());
    out.putNullable(config.skipSpecialTokens(), BOOLEAN);
    out.putNullable(config.ignoreEndOfSequence(), BOOLEAN);
    out.putNullable(config.cpus(), (to, cpus) -> to.put(cpus.mask()));
    out.put(config.baseDomain());
    out.putNullable(config.embeddingsFromFlash(), BOOLEAN);
    out.put(config.batchSize()).put(config.crossAttention()).put(config.nativeAsync());
    out.putNullable(config.imageTags(), Values::putTags);
    out.putNullable(config.videoTags(), Values::putTags);
    out.putNullable(config.audioTags(), Values::putTags);
  }

  static ModelConfig takeModelConfig(FrameReader in) {
    return new ModelConfig(
        takePath(in),
        in.takeNullable(FrameReader::takeInt),
        in.takeNullable(FrameReader::takeInt),
        in.takeNullable(FrameReader::takeInt),
        takeSampling(in),
        in.takeNullable(FrameReader::takeBoolean),
        in.takeNullable(FrameReader::takeBoolean),
        in.takeNullable(Values::takeCpus),
        in.takeInt(),
        in.takeNullable(FrameReader::takeBoolean),
        in.takeInt(),
        in.takeBoolean(),
        in.takeBoolean(),
        in.takeNullable(Values::takeTags),
        in.takeNullable(Values::takeTags),
        in.takeNullable(Values::takeTags),
        null,
        null);
  }

  /** Returns a configuration with another path and the given functions. */
  static ModelConfig with(
      Path path,
      ModelConfig config,
      @Nullable Tokenizer tokenizer,
      @Nullable EmbeddingLookup lookup) {
    return new ModelConfig(
        path,
        config.contextLength(),
        config.maxNewTokens(),
        config.keepTokens(),
        config.sampling(),
        config.skipSpecialTokens(),
        config.ignoreEndOfSequence(),
        config.cpus(),
        config.baseDomain(),
        config.embeddingsFromFlash(),
        config.batchSize(),
        config.crossAttention(),
        config.nativeAsync(),
        config.imageTags(),
        config.videoTags(),
        config.audioTags(),
        tokenizer,
        lookup);
  }

  private static CpuAffinity takeCpus(FrameReader in) {
    int mask = in.takeInt();
    return CpuAffinity.of(IntStream.range(0, 32).filter(cpu -> (mask & 1 << cpu) != 0).toArray());
  }

  private static void putTags(FrameWriter out, MediaTags tags) {
    out.put(tags.start()).put(tags.end()).put(tags.content());
  }

  private static MediaTags takeTags(FrameReader in) {
    return new MediaTags(in.takeString(), in.takeString(), in.takeString());
  }

  private static void put(FrameWriter out, Sampling sampling) {
    out.putNullable(sampling.topK(), INT);
    out.putNullable(sampling.topP(), FLOAT);
    out.putNullable(sampling.temperature(), FLOAT);
    out.putNullable(sampling.repeatPenalty(), FLOAT);
    out.putNullable(sampling.frequencyPenalty(), FLOAT);
    out.putNullable(sampling.presencePenalty(), FLOAT);
    out.putNullable(sampling.mirostat(), INT);
    out.putNullable(sampling.mirostatTau(), FLOAT);
    out.putNullable(sampling.mirostatEta(), FLOAT);
  }

  private static Sampling takeSampling(FrameReader in) {
    Sampling.Builder sampling = Sampling.builder();
    ifPresent(in, FrameReader::takeInt, sampling::topK);
    ifPresent(in, Values::takeDouble, sampling::topP);
    ifPresent(in, Values::takeDouble, sampling::temperature);
    ifPresent(in, Values::takeDouble, sampling::repeatPenalty);
    ifPresent(in, Values::takeDouble, sampling::frequencyPenalty);
    ifPresent(in, Values::takeDouble, sampling::presencePenalty);
    ifPresent(in, FrameReader::takeInt, sampling::mirostat);
    ifPresent(in, Values::takeDouble, sampling::mirostatTau);
    ifPresent(in, Values::takeDouble, sampling::mirostatEta);
    return sampling.build();
  }

  private static double takeDouble(FrameReader in) {
    return in.takeFloat();
  }

  private static <T> void ifPresent(
      FrameReader in, Function<FrameReader, T> value, Function<T, Sampling.Builder> setter) {
    T present = in.takeNullable(value);
    if (present != null) {
      Sampling.Builder _ = setter.apply(present);
    }
  }

  // ---- Runs

  static void put(FrameWriter out, RunRequest request) {
    out.putAll(request.inputs(), Values::putInput);
    out.put(request.mode()).put(request.keepHistory());
    out.putNullable(request.sampling(), Values::put);
    out.putNullable(request.maxNewTokens(), INT);
    putNullableString(out, request.loraAdapter());
    out.putNullable(request.promptCacheFile(), Values::putPath);
  }

  static RunRequest takeRunRequest(FrameReader in) {
    return new RunRequest(
        in.takeAll(Values::takeInput),
        in.takeEnum(InferenceMode.class),
        in.takeBoolean(),
        in.takeNullable(Values::takeSampling),
        in.takeNullable(FrameReader::takeInt),
        takeNullableString(in),
        in.takeNullable(Values::takePath));
  }

  private static void putInput(FrameWriter out, Input input) {
    switch (input) {
      case TextPrompt(String text, Role role, boolean thinking) ->
          out.put(1).put(text).put(role).put(thinking);
      case RawPrompt(String text, boolean _) -> out.put(2).put(text);
      case TokenPrompt prompt -> out.put(3).put(prompt.ids());
      case EmbeddingPrompt prompt -> out.put(4).put(prompt.values()).put(prompt.width());
      case MultimodalPrompt prompt -> {
        out.put(5).put(prompt.text());
        out.putNullable(prompt.images(), Values::putImages);
        out.putNullable(prompt.videos(), Values::putVideos);
        out.putNullable(prompt.audio(), Values::putAudio);
        out.put(prompt.role()).put(prompt.thinking());
      }
    }
  }

  private static Input takeInput(FrameReader in) {
    int kind = in.takeInt();
    return switch (kind) {
      case 1 -> new TextPrompt(in.takeString(), in.takeEnum(Role.class), in.takeBoolean());
      case 2 -> RawPrompt.of(in.takeString());
      case 3 -> TokenPrompt.of(in.takeInts());
      case 4 -> EmbeddingPrompt.of(in.takeNativeFloats(), in.takeInt());
      case 5 ->
          new MultimodalPrompt(
              in.takeString(),
              in.takeNullable(Values::takeImages),
              in.takeNullable(Values::takeVideos),
              in.takeNullable(Values::takeAudio),
              in.takeEnum(Role.class),
              in.takeBoolean());
      default -> throw in.malformed("input of kind " + kind);
    };
  }

  private static void putImages(FrameWriter out, Images images) {
    out.put(images.embeddings()).put(images.embeddingWidth()).put(images.count());
    out.put(images.tokensPerImage()).put(images.width()).put(images.height());
  }

  private static Images takeImages(FrameReader in) {
    return new Images(
        in.takeNativeFloats(),
        in.takeInt(),
        in.takeInt(),
        in.takeInt(),
        in.takeInt(),
        in.takeInt());
  }

  private static void putVideos(FrameWriter out, Videos videos) {
    out.put(videos.embeddings()).put(videos.embeddingWidth()).put(videos.count());
    out.put(videos.framesPerVideo()).put(videos.tokensPerFrame());
    out.put(videos.width()).put(videos.height());
  }

  private static Videos takeVideos(FrameReader in) {
    return new Videos(
        in.takeNativeFloats(),
        in.takeInt(),
        in.takeInt(),
        in.takeInt(),
        in.takeInt(),
        in.takeInt(),
        in.takeInt());
  }

  private static void putAudio(FrameWriter out, Audio audio) {
    out.put(audio.embeddings()).put(audio.embeddingWidth());
    out.put(audio.count()).put(audio.tokensPerClip());
  }

  private static Audio takeAudio(FrameReader in) {
    return new Audio(in.takeNativeFloats(), in.takeInt(), in.takeInt(), in.takeInt());
  }

  static void put(FrameWriter out, RunPerformance performance) {
    out.put(performance.prefillMillis()).put(performance.prefillTokens());
    out.put(performance.generateMillis()).put(performance.generatedTokens());
    out.put(performance.memoryMegabytes());
  }

  static RunPerformance takePerformance(FrameReader in) {
    return new RunPerformance(
        in.takeFloat(), in.takeInt(), in.takeFloat(), in.takeInt(), in.takeFloat());
  }

  // ---- Attachments

  static void put(FrameWriter out, ChatTemplate template) {
    out.put(template.systemPrompt()).put(template.prefix()).put(template.postfix());
  }

  static ChatTemplate takeChatTemplate(FrameReader in) {
    return new ChatTemplate(in.takeString(), in.takeString(), in.takeString());
  }

  static void put(FrameWriter out, FunctionTools tools) {
    out.put(tools.systemPrompt()).put(tools.toolsJson()).put(tools.toolResponseTag());
  }

  static FunctionTools takeFunctionTools(FrameReader in) {
    return new FunctionTools(in.takeString(), in.takeString(), in.takeString());
  }

  static void put(FrameWriter out, CrossAttention data) {
    out.put(data.keys()).put(data.values()).put(data.mask()).put(data.positions());
  }

  /** The shape was checked where the data was created; here only its product is known. */
  static CrossAttention takeCrossAttention(FrameReader in) {
    NativeFloats keys = in.takeNativeFloats();
    NativeFloats values = in.takeNativeFloats();
    float[] mask = in.takeFloats();
    int[] positions = in.takeInts();
    if (mask.length == 0 || keys.length() % mask.length != 0) {
      throw in.malformed(keys.length() + " keys for " + mask.length + " tokens");
    }
    return CrossAttention.of(shapeOf(keys.length() / mask.length), keys, values, mask, positions);
  }

  private static CrossAttention.Shape shapeOf(long floatsPerToken) {
    int first = 1; // each factor is limited to 65,536
    while (floatsPerToken / first > 65_536 || floatsPerToken % first != 0) {
      first++;
    }
    return new CrossAttention.Shape(first, (int) (floatsPerToken / first), 1);
  }
}
