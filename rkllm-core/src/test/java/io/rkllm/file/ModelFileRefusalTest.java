package io.rkllm.file;

import static io.rkllm.file.ContainerBytes.array;
import static io.rkllm.file.ContainerBytes.le;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.file.ModelFileException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are not model files, are damaged, or contradict themselves. */
@SuppressWarnings("ByteBufferBackingArray") // all buffers are allocated here
class ModelFileRefusalTest {
  @TempDir Path folder;

  private void assertRefused(byte[] content, Kind kind, String message) throws IOException {
    Path path = Files.write(folder.resolve("model.rkllm"), content);

    assertThatThrownBy(() -> ModelFile.read(path))
        .isInstanceOfSatisfying(
            ModelFileException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.file()).isEqualTo(path);
            })
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(message);
  }

  private void assertDamaged(ContainerBytes bytes, String message) throws IOException {
    assertRefused(bytes.bytes(), Kind.DAMAGED, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          RKLLM-SIMULATOR-MODEL 1      | SIMULATOR         | is a model of the simulator
          GGUF                         | GGUF              | is a GGUF file, for llama.cpp
          old rkllm-toolkit version: 1.0.1 | UNKNOWN_CONTAINER | was written by RKLLM toolkit 1.0.1
          RKNN                         | OTHER             | an encoder for librknnrt
          version https://git-lfs.github.com/spec/v1 | OTHER | a pointer of Git LFS
          <!doctype html>              | OTHER             | seems to be a web page
          ''                           | OTHER             | is empty
          x                            | OTHER             | begins with none of the bytes
          """)
  void read_otherFile_tellsWhatItIs(String content, Kind kind, String message) throws IOException {
    assertRefused(content.getBytes(StandardCharsets.UTF_8), kind, message);
  }

  @Test
  void read_simulatorModelWithByteOrderMark_isToldApart() throws IOException {
    assertRefused(
        "\uFEFFRKLLM-SIMULATOR-MODEL 1\n".getBytes(StandardCharsets.UTF_8),
        Kind.SIMULATOR,
        "is a model of the simulator");
  }

  @Test
  void read_otherVersion_isAnUnknownContainer() throws IOException {
    byte[] content = ContainerBytes.qwen().bytes();
    for (byte version : new byte[] {2, 4}) {
      content[4] = version;
      assertRefused(content, Kind.UNKNOWN_CONTAINER, "is a model file of version " + version);
    }
  }

  @Test
  void read_noFile_isUnreadable() {
    for (Path path : List.of(folder, folder.resolve("none"))) {
      assertThatThrownBy(() -> ModelFile.read(path))
          .isInstanceOfSatisfying(
              ModelFileException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREADABLE));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> ModelFile.read(null));
  }

  /** A device that gives bytes without end, and a pipe that gives none. */
  @Test
  void read_device_isUnreadable() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    for (Path path : List.of(Path.of("/dev/zero"), pipe)) {
      assertThatThrownBy(() -> ModelFile.read(path))
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining("is not a file");
    }
  }

  @Test
  void read_cutAnywhere_isRefused() throws IOException {
    byte[] whole = ContainerBytes.qwen().bytes();
    int directory = whole.length - 300; // in the last entries

    for (int length = 4; length < directory; length++) {
      assertRefused(
          Arrays.copyOf(whole, length), Kind.DAMAGED, "the file is damaged or incomplete");
    }
  }

  @Test
  void read_keyTwice_isRefused() throws IOException {
    assertDamaged(ContainerBytes.qwen().u32("rkllm.platform", 0), "'rkllm.platform' twice");
  }

  @Test
  void read_keyThatIsNotText_isRefused() throws IOException {
    byte[] content = new ContainerBytes().u32("ab", 1).bytes();
    content[33] ^= (byte) 0x80; // the second byte of the key

    assertRefused(content, Kind.DAMAGED, "a key that is not valid UTF-8 at byte 24");
  }

  @Test
  void read_lengthsThatCannotBe_areRefused() throws IOException {
    for (long length : new long[] {1L << 40, Long.MAX_VALUE, -1}) {
      ByteBuffer number = le(8).putLong(length);
      assertDamaged(new ContainerBytes().raw("text", 8, number), "has a text of");
      assertDamaged(new ContainerBytes().raw("array", 9, array(4, length)), "has an array of");
      assertDamaged(
          new ContainerBytes().raw("array", 9, array(8, 1, number.array())), "has a text of");
      assertRefused(
          ContainerBytes.qwen().bytes(length),
          Kind.DAMAGED,
          "has " + Long.toUnsignedString(length) + " entries");
    }
    assertDamaged(new ContainerBytes().text("k".repeat(513), ""), "has a key of 513, more than");
    assertDamaged(new ContainerBytes().raw("array", 9, array(12, 2_000_000)), "is cut off");
  }

  @Test
  void read_unknownTypes_areRefused() throws IOException {
    for (int type : new int[] {13, -1}) {
      String message = "unknown type " + Integer.toUnsignedString(type);
      assertDamaged(new ContainerBytes().raw("key", type, le(8)), message);
      assertDamaged(new ContainerBytes().raw("key", 9, array(type, 1, (byte) 0)), message);
    }
    assertDamaged(new ContainerBytes().raw("flag", 7, le(1).put((byte) 2)), "truth value of 2");
  }

  @Test
  void read_deeplyNestedArrays_areRefused() throws IOException {
    ByteBuffer value = array(0, 1, (byte) 0);
    for (int depth = 1; depth < 4; depth++) {
      value = array(9, 1, value.array());
    }
    ContainerBytes deepest = new ContainerBytes().raw("deep", 9, value);
    assertThat(ModelFile.read(deepest.write(folder.resolve("deepest"))).value("deep")).isPresent();
    for (int depth = 0; depth < 10_000; depth++) {
      value = array(9, 1, value.array());
    }

    assertDamaged(new ContainerBytes().raw("deep", 9, value), "nested more than 4 deep");
  }

  @Test
  void read_moreThanADirectoryMayHave_isRefused() throws IOException {
    Path path = folder.resolve("endless.rkllm");
    int length = 16 << 20;
    byte[] head = new ContainerBytes().raw("endless", 9, array(8, 9)).bytes();
    int start = head.length - 64 - "rkllm-toolkit version: 1.3.0".length();
    try (var channel =
        Files.newByteChannel(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(head, 0, start));
      for (int i = 0; i < 9; i++) {
        channel.position(start + i * (8L + length)).write(le(8).putLong(0, length));
      }
      channel.position(4L << 30).write(le(1));
    }

    assertThatThrownBy(() -> ModelFile.read(path))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("a directory of more than 134217728 bytes");
  }

  @Test
  void value_moreElementsThanMemoryAllows_isRefused() throws IOException {
    byte[] inner = array(7, 1 << 20, new byte[1 << 20]).array();
    ByteBuffer value = le(12 + 3 * inner.length).putInt(9).putLong(3);
    for (int i = 0; i < 3; i++) {
      value.put(inner);
    }
    ModelFile file =
        ModelFile.read(
            new ContainerBytes().raw("many", 9, value).write(folder.resolve("many.rkllm")));

    assertThatThrownBy(() -> file.value("many"))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("nested arrays of more than");
  }

  @Test
  void tokenizer_thatContradictsItself_isRefused() throws IOException {
    assertNoTokenizer(
        new ContainerBytes().floats("tokenizer.ggml.scores", 1f), "has 2 tokens, but 1 scores");
    assertNoTokenizer(
        new ContainerBytes().i32s("tokenizer.ggml.token_type", 1, 1, 1),
        "has 2 tokens, but 3 token types");
    assertNoTokenizer(
        new ContainerBytes().i32s("tokenizer.ggml.merges", 1), "should have texts in");
    assertNoTokenizer(
        new ContainerBytes().floats("tokenizer.ggml.token_type", 1f, 1f), "should have whole");
    assertNoTokenizer(
        new ContainerBytes().i32s("tokenizer.ggml.scores", 1, 1), "should have floating-point");
    assertNoTokenizer(new ContainerBytes().u32("tokenizer.ggml.scores", 1), "should have an array");
  }

  private void assertNoTokenizer(ContainerBytes bytes, String message) throws IOException {
    bytes.texts("tokenizer.ggml.tokens", List.of("a", "b"));
    ModelFile file = ModelFile.read(bytes.write(folder.resolve("tokens.rkllm")));

    assertThatThrownBy(file::tokenizer)
        .isInstanceOfSatisfying(
            ModelFileException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DAMAGED))
        .hasMessageContaining(message);
  }
}
