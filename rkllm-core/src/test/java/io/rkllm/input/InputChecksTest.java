package io.rkllm.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.forward.Positions;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Inputs with invalid sizes or texts, or without contents, cannot be created; the message states
 * the reason.
 */
@SuppressWarnings({"DataFlowIssue", "NullAway"}) // null is one of the invalid arguments
class InputChecksTest {
  private static final int HUGE = Integer.MAX_VALUE;
  private static final NativeFloats SIX = NativeFloats.copyOf(new float[6]);
  private static final CrossAttention.Shape SHAPE = new CrossAttention.Shape(2, 1, 3);

  static Stream<Arguments> tokensAndEmbeddings() {
    return Stream.of(
        refusal("no tokens", TokenPrompt::of, "no token id", "at least one"),
        refusal("null tokens", () -> TokenPrompt.of((int[]) null), "ids must not be null"),
        refusal("negative token", () -> TokenPrompt.of(1, -7), "negative", "-7", "index 1"),
        refusal(
            "null embeddings",
            () -> EmbeddingPrompt.of((float[]) null, 3),
            "values must not be null"),
        refusal(
            "null buffer",
            () -> EmbeddingPrompt.of((FloatBuffer) null, 3),
            "values must not be null"),
        refusal(
            "null memory",
            () -> EmbeddingPrompt.of((NativeFloats) null, 3),
            "values must not be null"),
        refusal("no embeddings", () -> EmbeddingPrompt.of(new float[0], 3), "length", "was 0"),
        refusal(
            "half a row",
            () -> EmbeddingPrompt.of(new float[7], 3),
            "whole number of rows of 3",
            "was 7",
            "check the width"),
        refusal("width 0", () -> EmbeddingPrompt.of(SIX, 0), "width", "[1, 65536]", "was 0"),
        refusal("width below 0", () -> EmbeddingPrompt.of(SIX, -3), "width", "was -3"),
        refusal("width huge", () -> EmbeddingPrompt.of(SIX, 65_537), "width", "was 65537"));
  }

  static Stream<Arguments> memory() {
    return Stream.of(
        refusal("nothing", () -> NativeFloats.allocate(0), "[1, 536870911]", "was 0"),
        refusal("less than nothing", () -> NativeFloats.allocate(-1), "length", "was -1"),
        refusal("one too many", () -> NativeFloats.allocate(536_870_912), "was 536870912"),
        refusal("overflow", () -> NativeFloats.allocate(Long.MAX_VALUE), "was " + Long.MAX_VALUE),
        refusal("empty array", () -> NativeFloats.copyOf(new float[0]), "was 0"),
        refusal("null array", () -> NativeFloats.copyOf((float[]) null), "values must not be null"),
        refusal("null buffer", () -> NativeFloats.copyOf((FloatBuffer) null), "must not be null"),
        refusal(
            "buffer read to its end",
            () -> NativeFloats.copyOf(FloatBuffer.allocate(2).position(2)),
            "was 0"));
  }

  static Stream<Arguments> media() {
    return Stream.of(
        refusal("null image", () -> new Images(null, 3, 1, 2, 8, 8), "embeddings must not be null"),
        refusal("no images", () -> new Images(SIX, 3, 0, 2, 8, 8), "count", "was 0"),
        refusal("no tokens", () -> new Images(SIX, 3, 1, 0, 8, 8), "tokensPerImage", "was 0"),
        refusal("no width", () -> new Images(SIX, 3, 1, 2, 0, 8), "width", "was 0"),
        refusal("no height", () -> new Images(SIX, 3, 1, 2, 8, -1), "height", "was -1"),
        refusal(
            "no floats per row", () -> new Images(SIX, 0, 1, 2, 8, 8), "embeddingWidth", "was 0"),
        refusal(
            "other size",
            () -> new Images(SIX, 3, 2, 2, 8, 8),
            "embeddings must have 12 floats",
            "images: 2 × 2 × 3",
            "has 6"),
        refusal("huge counts", () -> new Images(SIX, 3, HUGE, HUGE, 8, 8), "has 6"),
        refusal("null video", () -> new Videos(null, 3, 1, 1, 2, 8, 8), "embeddings"),
        refusal("no videos", () -> new Videos(SIX, 3, 0, 1, 2, 8, 8), "count", "was 0"),
        refusal("no frames", () -> new Videos(SIX, 3, 1, 0, 2, 8, 8), "framesPerVideo", "was 0"),
        refusal("no tokens", () -> new Videos(SIX, 3, 1, 1, 0, 8, 8), "tokensPerFrame", "was 0"),
        refusal("no video width", () -> new Videos(SIX, 3, 1, 1, 2, 0, 8), "width", "was 0"),
        refusal("no video height", () -> new Videos(SIX, 3, 1, 1, 2, 8, 0), "height", "was 0"),
        refusal(
            "other video size",
            () -> new Videos(SIX, 3, 2, 2, 2, 8, 8),
            "24 floats",
            "videos: 2 × 2 × 2 × 3",
            "has 6"),
        refusal("huge video counts", () -> new Videos(SIX, 3, HUGE, HUGE, HUGE, 8, 8), "has 6"),
        refusal(
            "video counts that overflow",
            () -> new Videos(SIX, 3, 5_018_738, 4_229_549, 13_035_341, 8, 8), // 3 · 2^64 · 15 + 6
            "has 6"));
  }

  static Stream<Arguments> prompts() {
    Images two = new Images(SIX, 3, 2, 1, 8, 8);
    Videos one = new Videos(SIX, 3, 1, 2, 1, 8, 8);
    return Stream.of(
        refusal("empty text", () -> MultimodalPrompt.of("", two), "prompt must not be empty"),
        refusal(
            "null images",
            () -> MultimodalPrompt.of("x", (Images) null),
            "images must not be null"),
        refusal(
            "null videos",
            () -> MultimodalPrompt.of("x", (Videos) null),
            "videos must not be null"),
        refusal(
            "neither",
            () -> new MultimodalPrompt("x", null, null, null, Role.USER, false),
            "needs images, videos or audio",
            "TextPrompt"),
        refusal(
            "a tag too few",
            () -> MultimodalPrompt.of("<image>x", two),
            "contains 1 <image> but was given 2 images",
            "one <image> for each"),
        refusal(
            "a tag too many",
            () -> MultimodalPrompt.of("<image><image><image>", two),
            "contains 3 <image> but was given 2 images"),
        refusal(
            "no video tag",
            () -> MultimodalPrompt.of("x", one),
            "contains 0 <video> but was given 1 videos"),
        refusal(
            "null audio", () -> MultimodalPrompt.of("x", (Audio) null), "audio must not be null"),
        refusal(
            "an audio placeholder too many",
            () -> MultimodalPrompt.of("<image><image><audio>", two),
            "contains 1 <audio> but was given 0 audio clips"),
        refusal("no audio rows", () -> new Audio(SIX, 3, 1, 3), "has 6"),
        refusal("no clips", () -> new Audio(SIX, 3, 0, 2), "count"),
        refusal(
            "an image's tag for a video",
            () -> MultimodalPrompt.of("<video><image>", one),
            "contains 1 <image> but was given 0 images"),
        refusal(
            "assistant's",
            () -> new MultimodalPrompt("<image><image>", two, null, null, Role.ASSISTANT, false),
            "was ASSISTANT"),
        refusal("NUL", () -> MultimodalPrompt.of("<image>\0<image>", two), "NUL", "index 7"),
        refusal("empty content tag", () -> new MediaTags("a", "b", ""), "content", "empty"),
        refusal("null start tag", () -> new MediaTags(null, "b", "c"), "start must not be null"),
        refusal("null end tag", () -> new MediaTags("a", null, "c"), "end must not be null"),
        refusal("NUL in a tag", () -> new MediaTags("a\0", "b", "c"), "start", "NUL", "index 1"),
        refusal("null template", () -> new ChatTemplate(null, "", ""), "systemPrompt", "null"),
        refusal("null prefix", () -> new ChatTemplate("", null, ""), "prefix", "null"),
        refusal("NUL in a postfix", () -> new ChatTemplate("", "", "\0"), "postfix", "NUL"),
        refusal(
            "lone surrogate in a prefix",
            () -> new ChatTemplate("", "\uD800", ""),
            "prefix",
            "U+D800"),
        refusal("null system", () -> new FunctionTools(null, "[]", "t"), "systemPrompt", "null"),
        refusal("empty tools", () -> new FunctionTools("", "", "t"), "toolsJson", "empty"),
        refusal(
            "an object",
            () -> new FunctionTools("", "{\"type\": 1}", "t"),
            "JSON array",
            "was {\"type\": 1}"),
        refusal("half an array", () -> new FunctionTools("", "[", "t"), "JSON array", "was ["),
        refusal("no response tag", () -> new FunctionTools("", "[]", ""), "toolResponseTag"),
        refusal("NUL in tools", () -> new FunctionTools("", "[\0]", "t"), "toolsJson", "NUL"));
  }

  static Stream<Arguments> crossAttention() {
    float[] mask = new float[2];
    int[] positions = new int[2];
    NativeFloats twelve = NativeFloats.copyOf(new float[12]);
    return Stream.of(
        refusal("no layers", () -> new CrossAttention.Shape(0, 1, 3), "layers", "was 0"),
        refusal("no heads", () -> new CrossAttention.Shape(2, 0, 3), "kvHeads", "was 0"),
        refusal("no floats", () -> new CrossAttention.Shape(2, 1, 65_537), "headDim", "65537"),
        refusal("no float", () -> new CrossAttention.Shape(2, 1, 0), "headDim", "was 0"),
        refusal(
            "null shape",
            () -> CrossAttention.of(null, twelve, twelve, mask, positions),
            "shape must not be null"),
        refusal(
            "null keys",
            () -> CrossAttention.of(SHAPE, null, twelve, mask, positions),
            "keys must not be null"),
        refusal(
            "null values",
            () -> CrossAttention.of(SHAPE, twelve, null, mask, positions),
            "values must not be null"),
        refusal(
            "null mask",
            () -> CrossAttention.of(SHAPE, twelve, twelve, null, positions),
            "mask must not be null"),
        refusal(
            "null positions",
            () -> CrossAttention.of(SHAPE, twelve, twelve, mask, null),
            "positions must not be null"),
        refusal(
            "no encoder tokens",
            () -> CrossAttention.of(SHAPE, twelve, twelve, new float[0], new int[0]),
            "mask is empty",
            "one value for each encoder token"),
        refusal(
            "a position too few",
            () -> CrossAttention.of(SHAPE, twelve, twelve, mask, new int[1]),
            "positions must have 2",
            "has 1"),
        refusal(
            "keys too short",
            () -> CrossAttention.of(SHAPE, SIX, twelve, mask, positions),
            "keys must have 12",
            "2 layers × 1 heads × 3 × 2 tokens",
            "has 6"),
        refusal(
            "values too short",
            () -> CrossAttention.of(SHAPE, twelve, SIX, mask, positions),
            "values must have 12",
            "has 6"),
        refusal(
            "a shape that overflows",
            () ->
                CrossAttention.of(
                    new CrossAttention.Shape(65_536, 65_536, 65_536),
                    SIX,
                    SIX,
                    new float[1 << 16],
                    new int[1 << 16]),
            "keys must have",
            "has 6"));
  }

  static Stream<Arguments> options() {
    return Stream.of(
        refusal("no positions", Positions::of, "no position", "at least one"),
        refusal("null positions", () -> Positions.of((int[]) null), "positions", "null"),
        refusal("negative position", () -> Positions.of(0, -1), "position", "was -1"),
        refusal("last none", () -> Positions.last(0), "count", "was 0"),
        refusal("null pooling", () -> EmbedOptions.builder().pooling(null), "pooling", "null"),
        refusal("null adapter", () -> ForwardOptions.builder().lora(null), "lora", "null"),
        refusal("no time", () -> ForwardOptions.builder().timeout(null), "timeout", "null"));
  }

  @ParameterizedTest
  @MethodSource({"tokensAndEmbeddings", "memory", "media", "prompts", "crossAttention", "options"})
  void badInput_isRejectedWithMessage(ThrowingCallable call, String[] words) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void inputs_doNotChangeWithTheirArrays() {
    int[] ids = {1, 2, 3};
    TokenPrompt tokens = TokenPrompt.of(ids);
    ids[0] = 9;
    tokens.ids()[1] = 9;
    assertThat(tokens)
        .isEqualTo(TokenPrompt.of(1, 2, 3))
        .hasSameHashCodeAs(TokenPrompt.of(1, 2, 3));
    assertThat(tokens.tokens()).isEqualTo(3);

    float[] mask = {0.5f, 1};
    int[] positions = {4, 5};
    NativeFloats twelve = NativeFloats.copyOf(new float[12]);
    CrossAttention cross = CrossAttention.of(SHAPE, twelve, twelve, mask, positions);
    mask[0] = 9;
    positions[0] = 9;
    cross.mask()[1] = 9;
    cross.positions()[1] = 9;
    assertThat(cross.mask()).containsExactly(0.5f, 1);
    assertThat(cross.positions()).containsExactly(4, 5);
    assertThat(cross.tokens()).isEqualTo(2);
  }

  @Test
  void goodInputs_tellTheirSizes() {
    assertThat(EmbeddingPrompt.of(new float[6], 3).tokens()).isEqualTo(2);
    assertThat(EmbeddingPrompt.of(new float[6], 3)).hasToString("2 embeddings of width 3");
    assertThat(Images.of(new float[6], 3, 2, 8, 9).count()).isOne();
    assertThat(Videos.of(new float[6], 3, 2, 1, 8, 9).framesPerVideo()).isEqualTo(2);
    assertThat(MultimodalPrompt.of("a<image>b", Images.of(new float[6], 3, 2, 8, 9)).thinking())
        .isFalse();
    assertThat(List.of(MediaTags.QWEN_VL_IMAGE, MediaTags.INTERN_VL_IMAGE)).doesNotHaveDuplicates();
    assertThat(new FunctionTools("", " [] ", "tool_response").toolsJson()).isEqualTo(" [] ");
  }

  private static Arguments refusal(String name, ThrowingCallable call, String... words) {
    return Arguments.of(Named.of(name, call), words);
  }
}
