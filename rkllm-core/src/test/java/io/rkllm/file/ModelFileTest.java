package io.rkllm.file;

import static io.rkllm.file.ContainerBytes.array;
import static io.rkllm.file.ContainerBytes.le;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.runtime.Soc;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("ByteBufferBackingArray") // all buffers are allocated here
class ModelFileTest {
  @TempDir Path folder;

  private ModelFile read(ContainerBytes bytes) throws IOException {
    return ModelFile.read(bytes.write(folder.resolve("model.rkllm")));
  }

  @Test
  void write_magic_isThatOfRealFiles() {
    assertThat(ContainerBytes.qwen().bytes())
        .startsWith((byte) 0xda, (byte) 0xee, (byte) 0xb3, (byte) 0x36);
  }

  @Test
  void read_fileOfAToolkit_hasItsFacts() throws IOException {
    ModelFile file = read(ContainerBytes.qwen());

    assertThat(file.architecture()).contains("qwen2");
    assertThat(file.name()).contains("Qwen Test");
    assertThat(file.modelClass()).contains("Qwen3ForCausalLM");
    assertThat(file.toolkit()).contains("1.3.1");
    assertThat(file.fileType()).hasValue(1);
    assertThat(file.platform()).contains(Soc.RK3588);
    assertThat(file.npuCores()).hasValue(3);
    assertThat(file.maxContext()).hasValue(4096);
    assertThat(file.trainedContext()).hasValue(40_960);
    assertThat(file.vocabularySize()).hasValue(151_936);
    assertThat(file.embeddingWidth()).hasValue(2048);
    assertThat(file.layers()).hasValue(28);
    assertThat(file.heads()).hasValue(16);
    assertThat(file.keyValueHeads()).hasValue(8);
    assertThat(file.headWidth()).hasValue(128);
    assertThat(file.parameters()).hasValue(2048L * 151_936 + 2048);
    assertThat(file.hasEmbeddings()).isTrue();
    assertThat(file.hasTokenizer()).isTrue();
    assertThat(file.hasVision()).isFalse();
    assertThat(file.hasChatTemplate()).isTrue();
    assertThat(file.chatTemplate()).contains("{% for m in messages %}…{% endfor %}");
    assertThat(file)
        .hasToString("ModelFile[model.rkllm, qwen2, RK3588, toolkit 1.3.1, context 4096 at most]");
  }

  @Test
  void tokenizer_byteLevelBpe_hasAllThatIsInTheFile() throws IOException {
    TokenizerData tokenizer = read(ContainerBytes.qwen()).tokenizer().orElseThrow();

    assertThat(tokenizer.model()).contains("gpt2");
    assertThat(tokenizer.preTokenizer()).contains("qwen2");
    assertThat(tokenizer.tokens()).containsExactly("Ġ", "a", "Ġa", "<|im_start|>", "你好", "😀");
    assertThat(tokenizer.merges()).containsExactly("Ġ a");
    assertThat(IntStream.range(0, 6).mapToObj(tokenizer::type))
        .containsExactly(
            TokenType.NORMAL,
            TokenType.NORMAL,
            TokenType.NORMAL,
            TokenType.CONTROL,
            TokenType.USER_DEFINED,
            TokenType.NORMAL);
    assertThat(tokenizer.hasScores()).isFalse();
    assertThat(tokenizer.score(5)).isZero();
    assertThat(tokenizer.beginId()).isEmpty();
    assertThat(tokenizer.endId()).hasValue(3);
    assertThat(tokenizer.addsBegin()).contains(false);
    assertThat(tokenizer.addsEnd()).isEmpty();
    assertThat(tokenizer).hasToString("TokenizerData[gpt2, qwen2, 6 tokens, 1 merges]");
  }

  @Test
  void tokenizer_sentencePiece_hasScoresAndRawBytes() throws IOException {
    TokenizerData tokenizer =
        read(new ContainerBytes()
                .floats("tokenizer.ggml.scores", 0f, -1.5f, -2f)
                .i32s("tokenizer.ggml.token_type", 2, 6, 99)
                .u32("tokenizer.ggml.bos_token_id", 1)
                .u32("tokenizer.ggml.eos_token_id", -1)
                .u32("tokenizer.ggml.unknown_token_id", 0)
                .u32("tokenizer.ggml.padding_token_id", 3)
                .flag("tokenizer.ggml.add_space_prefix", true)
                .raw(
                    "tokenizer.ggml.tokens",
                    9,
                    le(38)
                        .putInt(8)
                        .putLong(3)
                        .putLong(0)
                        .putLong(1)
                        .put((byte) (0x9d ^ 0xFF))
                        .putLong(1)
                        .put((byte) (0x9d ^ 'x')))
                .text("tokenizer.ggml.model", "llama")
                .text("general.architecture", "llama"))
            .tokenizer()
            .orElseThrow();

    assertThat(tokenizer.tokens()).containsExactly("", "\uFFFD", "x");
    assertThat(tokenizer.tokenBytes(1)).containsExactly(0xFF);
    assertThat(tokenizer.score(1)).isEqualTo(-1.5f);
    assertThat(tokenizer.type(0)).isEqualTo(TokenType.UNKNOWN);
    assertThat(tokenizer.type(1)).isEqualTo(TokenType.BYTE);
    assertThat(tokenizer.type(2)).isEqualTo(TokenType.UNDEFINED);
    assertThat(tokenizer.beginId()).hasValue(1);
    assertThat(tokenizer.endId()).isEmpty();
    assertThat(tokenizer.unknownId()).hasValue(0);
    assertThat(tokenizer.paddingId()).isEmpty();
    assertThat(tokenizer.addsSpacePrefix()).contains(true);
    assertThatThrownBy(() -> tokenizer.score(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tokenizer.tokenBytes(-1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tokenizer.tokens().set(0, "y"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void value_allTypes_areReadByKey() throws IOException {
    String longText = "ü".repeat(5000);
    ModelFile file =
        read(
            new ContainerBytes()
                .raw("u8", 0, le(1).put((byte) 0xFF))
                .raw("i8", 1, le(1).put((byte) 0xFF))
                .raw("u16", 2, le(2).putShort((short) -1))
                .raw("i16", 3, le(2).putShort((short) -1))
                .u32("u32", -1)
                .raw("i32", 5, le(4).putInt(-1))
                .real("f32", 1.5f)
                .flag("bool", true)
                .text("text", longText)
                .raw("nested", 9, array(9, 2, nested()))
                .raw("u64", 10, le(8).putLong(-1))
                .raw("i64", 11, le(8).putLong(Long.MIN_VALUE))
                .raw("f64", 12, le(8).putDouble(Double.NaN))
                .bytes("not UTF-8", new byte[] {'a', (byte) 0xC3})
                .text("", "an empty key")
                .text("general.architecture", "custom"));

    assertThat(file.value("u8")).contains(new ModelValue.Whole(255));
    assertThat(file.value("i8")).contains(new ModelValue.Whole(-1));
    assertThat(file.value("u16")).contains(new ModelValue.Whole(65_535));
    assertThat(file.value("i16")).contains(new ModelValue.Whole(-1));
    assertThat(file.value("u32")).contains(new ModelValue.Whole(0xFFFF_FFFFL));
    assertThat(file.value("i32")).contains(new ModelValue.Whole(-1));
    assertThat(file.value("f32")).contains(new ModelValue.Real(1.5));
    assertThat(file.value("bool")).contains(new ModelValue.Flag(true));
    assertThat(file.value("text")).contains(new ModelValue.Text(longText));
    assertThat(file.value("u64")).contains(new ModelValue.Whole(-1));
    assertThat(file.value("i64")).contains(new ModelValue.Whole(Long.MIN_VALUE));
    assertThat(file.value("f64")).contains(new ModelValue.Real(Double.NaN));
    assertThat(file.value("not UTF-8")).contains(new ModelValue.Text("a\uFFFD"));
    assertThat(file.value("")).contains(new ModelValue.Text("an empty key"));
    assertThat(file.value("none")).isEmpty();
    assertThat(file.value("nested"))
        .contains(
            new ModelValue.Items(
                List.of(
                    new ModelValue.Items(List.of(new ModelValue.Whole(7), new ModelValue.Whole(8))),
                    new ModelValue.Items(List.of()))));
    assertThat(file.keys()).hasSize(16).startsWith("u8").endsWith("general.architecture");
    assertThatIllegalArgumentException().isThrownBy(() -> file.value(null));
  }

  private static byte[] nested() {
    return le(26).put(array(0, 2, (byte) 7, (byte) 8).array()).put(array(8, 0).array()).array();
  }

  @Test
  void read_factsOfOtherTypes_countAsAbsent() throws IOException {
    ModelFile file =
        read(
            new ContainerBytes()
                .u32("general.architecture", 7)
                .u32("rkllm.version", 1)
                .text("rkllm.max_context", "4096")
                .u32("rkllm.platform", 3)
                .raw("rkllm.core_num", 5, le(4).putInt(-1))
                .text("rkllm.has_tokenizer", "yes")
                .text("tokenizer.chat_template", ""));

    assertThat(file.architecture()).isEmpty();
    assertThat(file.toolkit()).as("the one at the end of the file").contains("1.3.0");
    assertThat(file.maxContext()).isEmpty();
    assertThat(file.platform()).isEmpty();
    assertThat(file.value("rkllm.platform")).contains(new ModelValue.Whole(3));
    assertThat(file.npuCores()).isEmpty();
    assertThat(file.vocabularySize()).isEmpty();
    assertThat(file.hasTokenizer()).isFalse();
    assertThat(file.tokenizer()).isEmpty();
    assertThat(file.hasChatTemplate()).isFalse();
    assertThat(file.chatTemplate()).isEmpty();
    assertThat(file.memoryEstimate(1024)).isEmpty();
    assertThat(file.parameters()).isEmpty();
  }

  @Test
  void read_noEntries_hasNoFacts() throws IOException {
    ModelFile file = read(new ContainerBytes());

    assertThat(file.keys()).isEqualTo(Set.of());
    assertThat(file.architecture()).isEmpty();
    assertThat(file.toolkit()).contains("1.3.0");
  }

  @Test
  void vocabularySize_absent_isThatOfTheTokens() throws IOException {
    ModelFile file =
        read(new ContainerBytes().texts("tokenizer.ggml.tokens", List.of("a", "b", "c")));

    assertThat(file.vocabularySize()).hasValue(3);
    assertThat(file.hasTokenizer()).isTrue();
  }

  @Test
  void memoryEstimate_knownShape_isWeightsAndCache() throws IOException {
    ModelFile file = read(ContainerBytes.qwen());

    MemoryEstimate estimate = file.memoryEstimate(4096).orElseThrow();

    assertThat(estimate.contextLength()).isEqualTo(4096);
    assertThat(estimate.weights()).isEqualTo(file.size());
    assertThat(estimate.kvCache()).isEqualTo(2L * 2 * 28 * 8 * 128 * 4096);
    assertThat(estimate.total()).isEqualTo(file.size() + 469_762_048);
    assertThatIllegalArgumentException().isThrownBy(() -> file.memoryEstimate(0));
  }

  @Test
  void memoryEstimate_absurdShape_isEmpty() throws IOException {
    ModelFile file =
        read(
            new ContainerBytes()
                .text("general.architecture", "x")
                .u32("x.block_count", Integer.MAX_VALUE)
                .u32("x.attention.head_count", Integer.MAX_VALUE)
                .u32("x.attention.key_length", Integer.MAX_VALUE));

    assertThat(file.memoryEstimate(16_384)).isEmpty();
  }

  @Test
  void headWidth_absent_isAHeadsShareOfTheEmbedding() throws IOException {
    ContainerBytes bytes =
        new ContainerBytes()
            .text("general.architecture", "x")
            .u32("x.embedding_length", 1024)
            .u32("x.attention.head_count", 16);

    assertThat(read(bytes).headWidth()).hasValue(64);
    assertThat(read(bytes).keyValueHeads()).hasValue(16);
    assertThat(read(bytes.i32s("x.attention.head_count_kv", 8, 0, 8)).keyValueHeads())
        .as("another number in each layer")
        .isEmpty();
  }

  @Test
  void parameters_invalidSizes_areAbsent() throws IOException {
    assertThat(read(ContainerBytes.qwen().tensor("x", 0)).parameters()).isEmpty();
    assertThat(read(ContainerBytes.qwen().tensor("x", Long.MAX_VALUE, 2)).parameters()).isEmpty();
    assertThat(read(ContainerBytes.qwen().tensor("x", new long[9])).parameters()).isEmpty();
    assertThat(read(ContainerBytes.qwen().tensor("x", 1, 1, 1, 1, 1, 1, 1, 1)).parameters())
        .isPresent();
  }

  @Test
  void tokenizer_fileThatChanged_isRefused() throws IOException {
    ModelFile file = read(ContainerBytes.qwen());
    Files.setLastModifiedTime(file.path(), FileTime.fromMillis(1));

    assertThat(file.maxContext()).hasValue(4096);
    assertThatThrownBy(file::tokenizer)
        .isInstanceOfSatisfying(
            ModelFileException.class,
            e -> assertThat(e.kind()).isEqualTo(ModelFileException.Kind.UNREADABLE))
        .hasMessageContaining("has changed since it was read");

    Files.delete(file.path());
    assertThatThrownBy(file::tokenizer)
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void read_fourGigabytes_readsItsDirectoryOnly() throws IOException {
    Path path = ContainerBytes.qwen().write(folder.resolve("large.rkllm"));
    try (SeekableByteChannel channel = Files.newByteChannel(path, StandardOpenOption.WRITE)) {
      channel.position((4L << 30) - 1).write(le(1));
    }
    long before = readBytes();

    ModelFile file = ModelFile.read(path);

    assertThat(file.size()).isEqualTo(4L << 30);
    assertThat(file.tokenizer().orElseThrow().size()).isEqualTo(6);
    assertThat(readBytes() - before).isLessThan(1 << 20);
  }

  /** The bytes that this process has read so far, other threads included, which read little. */
  private static long readBytes() throws IOException {
    Path io = Path.of("/proc/self/io");
    return Files.isReadable(io)
        ? Long.parseLong(Files.readAllLines(io).getFirst().replaceAll("\\D", ""))
        : 0;
  }
}
