package io.rkllm.file;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Writes model files, sharing nothing with the reader, not even the mask. */
@SuppressWarnings("ByteBufferBackingArray") // all buffers are allocated here
public final class ContainerBytes {
  private static final byte[] MASK = mask();

  private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
  private final ByteArrayOutputStream tensors = new ByteArrayOutputStream();
  private final Set<String> keys = new HashSet<>();
  private long entryCount;
  private long tensorCount;

  private static byte[] mask() {
    try (InputStream in = ContainerBytes.class.getResourceAsStream("string-mask.hex")) {
      String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return HexFormat.of().parseHex(hex.replace("\n", ""));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A model as toolkits write it, with a small vocabulary. */
  static ContainerBytes qwen() {
    return new ContainerBytes()
        .text("general.architecture", "qwen2")
        .text("general.name", "Qwen Test")
        .u32("general.file_type", 1)
        .u32("qwen2.block_count", 28)
        .u32("qwen2.vocab_size", 151_936)
        .u32("qwen2.context_length", 40_960)
        .u32("qwen2.embedding_length", 2048)
        .u32("qwen2.attention.head_count", 16)
        .u32("qwen2.attention.head_count_kv", 8)
        .u32("qwen2.attention.key_length", 128)
        .real("qwen2.rope.freq_base", 1_000_000f)
        .u32("rkllm.platform", 0)
        .u32("rkllm.core_num", 3)
        .text("rkllm.version", "1.3.1")
        .u32("rkllm.max_context", 4096)
        .text("rkllm.model_name", "Qwen3ForCausalLM")
        .flag("rkllm.has_embedding", true)
        .flag("rkllm.has_tokenizer", true)
        .text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", "qwen2")
        .texts("tokenizer.ggml.tokens", List.of("Ġ", "a", "Ġa", "<|im_start|>", "你好", "😀"))
        .i32s("tokenizer.ggml.token_type", 1, 1, 1, 3, 4, 1)
        .texts("tokenizer.ggml.merges", List.of("Ġ a"))
        .u32("tokenizer.ggml.eos_token_id", 3)
        .flag("tokenizer.ggml.add_bos_token", false)
        .text("tokenizer.chat_template", "{% for m in messages %}…{% endfor %}")
        .tensor("token_embd.weight", 2048, 151_936)
        .tensor("output_norm.weight", 2048);
  }

  public ContainerBytes text(String key, String value) {
    entry(key, 8);
    string(entries, value.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  ContainerBytes bytes(String key, byte[] value) {
    entry(key, 8);
    string(entries, value);
    return this;
  }

  public ContainerBytes u32(String key, int value) {
    return raw(key, 4, le(4).putInt(value));
  }

  ContainerBytes real(String key, float value) {
    return raw(key, 6, le(4).putFloat(value));
  }

  public ContainerBytes flag(String key, boolean value) {
    return raw(key, 7, le(1).put((byte) (value ? 1 : 0)));
  }

  public ContainerBytes texts(String key, List<String> values) {
    entry(key, 9);
    arrayHeader(entries, 8, values.size());
    values.forEach(value -> string(entries, value.getBytes(StandardCharsets.UTF_8)));
    return this;
  }

  public ContainerBytes floats(String key, float... values) {
    ByteBuffer bytes = le(12 + 4 * values.length).putInt(6).putLong(values.length);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return raw(key, 9, bytes);
  }

  public ContainerBytes i32s(String key, int... values) {
    ByteBuffer bytes = le(12 + 4 * values.length).putInt(5).putLong(values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    return raw(key, 9, bytes);
  }

  /** An entry of any type, whose value is already in the form of the file. */
  ContainerBytes raw(String key, int type, ByteBuffer value) {
    entry(key, type);
    entries.writeBytes(value.array());
    return this;
  }

  /** Returns whether an entry with this key was added. */
  boolean has(String key) {
    return keys.contains(key);
  }

  ContainerBytes tensor(String name, long... dimensions) {
    tensorCount++;
    string(tensors, name.getBytes(StandardCharsets.UTF_8));
    ByteBuffer rest = le(4 + 8 * dimensions.length + 12).putInt(dimensions.length);
    for (long dimension : dimensions) {
      rest.putLong(dimension);
    }
    tensors.writeBytes(rest.putInt(1).putLong(0).array());
    return this;
  }

  /** The whole file. */
  byte[] bytes() {
    return bytes(entryCount);
  }

  /** The whole file, with a count of entries that may be wrong. */
  byte[] bytes(long entryCount) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(masked("GGUF".getBytes(StandardCharsets.US_ASCII)));
    file.writeBytes(le(20).putInt(3).putLong(tensorCount).putLong(entryCount).array());
    file.writeBytes(entries.toByteArray());
    file.writeBytes(tensors.toByteArray());
    file.writeBytes(new byte[64]);
    file.writeBytes("rkllm-toolkit version: 1.3.0".getBytes(StandardCharsets.US_ASCII));
    return file.toByteArray();
  }

  public Path write(Path file) throws IOException {
    return Files.write(file, bytes());
  }

  /**
   * Writes a file whose directory takes long to read, because it is as large as allowed. It
   * consists of holes, which read as empty texts, and takes no space.
   */
  public static Path writeLong(Path file) throws IOException {
    int arrays = 7;
    int texts = 1 << 21;
    try (FileChannel out = FileChannel.open(file, CREATE_NEW, WRITE)) {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      head.writeBytes(masked("GGUF".getBytes(StandardCharsets.US_ASCII)));
      head.writeBytes(le(20).putInt(3).putLong(0).putLong(arrays).array());
      out.write(ByteBuffer.wrap(head.toByteArray()));
      for (int i = 0; i < arrays; i++) {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        string(entry, new byte[] {(byte) ('a' + i)});
        entry.writeBytes(le(4).putInt(9).array());
        arrayHeader(entry, 8, texts);
        out.write(ByteBuffer.wrap(entry.toByteArray()));
        out.position(out.position() + 8L * texts);
      }
      out.write(ByteBuffer.wrap(new byte[64]));
    }
    return file;
  }

  static ByteBuffer le(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The head of an array, as part of a value. */
  static ByteBuffer array(int elementType, long count, byte... elements) {
    return le(12 + elements.length).putInt(elementType).putLong(count).put(elements);
  }

  private void entry(String key, int type) {
    entryCount++;
    keys.add(key);
    string(entries, key.getBytes(StandardCharsets.UTF_8));
    entries.writeBytes(le(4).putInt(type).array());
  }

  private static void arrayHeader(ByteArrayOutputStream out, int type, long count) {
    out.writeBytes(le(12).putInt(type).putLong(count).array());
  }

  private static void string(ByteArrayOutputStream out, byte[] value) {
    out.writeBytes(le(8).putLong(value.length).array());
    out.writeBytes(masked(value));
  }

  private static byte[] masked(byte[] plain) {
    byte[] masked = plain.clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] = (byte) (plain[i] ^ MASK[i % 256]);
    }
    return masked;
  }
}
