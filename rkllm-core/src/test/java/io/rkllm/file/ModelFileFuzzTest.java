package io.rkllm.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.rkllm.tokenizer.ModelTokenizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files with random changes, and files composed of random entries: reading one may fail with the
 * documented exception only, and may not allocate the memory that a length in it claims. A failure
 * names the seed of its file.
 */
class ModelFileFuzzTest {
  private static final byte[] WHOLE =
      ContainerBytes.qwen()
          .floats("tokenizer.ggml.scores", 0, 1, 2, 3, 4, 5)
          .raw("nested", 9, ContainerBytes.array(9, 1, ContainerBytes.array(0, 0).array()))
          .bytes();

  /** Keys with a meaning, in the same order as the types that the reader expects of them. */
  private static final List<String> KEYS =
      List.of(
          "general.architecture",
          "general.name",
          "rkllm.version",
          "rkllm.model_name",
          "rkllm.platform",
          "rkllm.max_context",
          "rkllm.has_tokenizer",
          "rkllm.vision.size",
          "qwen2.block_count",
          "qwen2.embedding_length",
          "qwen2.attention.head_count",
          "qwen2.attention.head_count_kv",
          "qwen2.attention.key_length",
          "qwen2.vocab_size",
          "tokenizer.ggml.model",
          "tokenizer.ggml.pre",
          "tokenizer.ggml.tokens",
          "tokenizer.ggml.merges",
          "tokenizer.ggml.scores",
          "tokenizer.ggml.token_type",
          "tokenizer.ggml.bos_token_id",
          "tokenizer.ggml.eos_token_id",
          "tokenizer.ggml.add_bos_token",
          "tokenizer.chat_template");

  private static final List<String> TEXTS =
      List.of(
          "", "qwen2", "gpt2", "llama", "default", "llama-bpe", "a", "Ġ", "Ġ a", "▁a", "<0x41>");

  private static final int[] SIZES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

  /** No file of this test has more than 64 KiB, and each is opened some forty times at most. */
  private static final long MAX_ALLOCATION = 16 << 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void read_changedFiles_failsAsDocumented() throws IOException {
    fuzz(20_000);
  }

  @Test
  @Tag("soak")
  void read_tenMillionChangedFiles_failsAsDocumented() throws IOException {
    fuzz(10_000_000);
  }

  private void fuzz(int files) throws IOException {
    long first = RandomGenerator.getDefault().nextLong();
    RandomGeneratorFactory<RandomGenerator> generators =
        RandomGeneratorFactory.of("L64X128MixRandom");
    Path path = folder.resolve("changed.rkllm");
    readAll(Files.write(path, WHOLE)); // loads the classes
    int whole = 0;
    for (int i = 0; i < files; i++) {
      long seed = first + i;
      RandomGenerator random = generators.create(seed);
      Files.write(path, random.nextBoolean() ? changed(random) : composed(random));
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        readAll(path);
        whole++;
      } catch (ModelFileException documented) {
        // one of the two outcomes
      } catch (RuntimeException | Error failure) {
        throw new AssertionError("seed " + seed, failure);
      }
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      assertThat(allocated).as("bytes allocated for seed %d", seed).isLessThan(MAX_ALLOCATION);
    }
    assertThat(whole).as("files that can be read").isGreaterThan(files / 20);
  }

  private static void readAll(Path path) {
    ModelFile file = ModelFile.read(path);
    assertThat(file.toString()).isNotEmpty();
    file.memoryEstimate(4096).ifPresent(MemoryEstimate::total);
    file.chatTemplate();
    file.platform();
    file.parameters();
    file.vocabularySize();
    file.keys().forEach(file::value);
    file.tokenizer().ifPresent(ModelFileFuzzTest::readTokenizer);
    ModelTokenizer.of(file)
        .ifPresent(
            tokenizer -> {
              for (int id : tokenizer.encodePrompt("a <|im_start|> 你好 17 + 25 😀")) {
                assertThat(id).isBetween(0, tokenizer.vocabularySize() - 1);
                tokenizer.decode(id);
              }
            });
  }

  private static void readTokenizer(TokenizerData tokenizer) {
    assertThat(List.copyOf(tokenizer.tokens())).hasSize(tokenizer.size());
    assertThat(List.copyOf(tokenizer.merges())).doesNotContainNull();
    for (int id = 0; id < tokenizer.size(); id++) {
      tokenizer.type(id);
      tokenizer.score(id);
      tokenizer.tokenBytes(id);
    }
    tokenizer.endId();
    assertThat(tokenizer.toString()).isNotEmpty();
  }

  // ---- A whole file with changes

  private static byte[] changed(RandomGenerator random) {
    byte[] bytes = WHOLE.clone();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(8) == 0 ? random.nextInt(32) : 4 + random.nextInt(bytes.length - 12);
      switch (random.nextInt(7)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> buffer.putInt(at, random.nextInt(16));
        case 3 -> buffer.putLong(at, 1L << random.nextInt(64));
        case 4 -> System.arraycopy(bytes, random.nextInt(bytes.length - 64), bytes, at, 8);
        case 5 -> Arrays.fill(bytes, at, at + 8, (byte) random.nextInt()); // in place of the mask
        default -> buffer.putLong(at, random.nextLong() >> random.nextInt(64));
      }
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  // ---- A file of random entries

  private static byte[] composed(RandomGenerator random) {
    ContainerBytes file = new ContainerBytes();
    if (random.nextInt(4) > 0) { // otherwise few files have a tokenizer
      file.text("general.architecture", "qwen2")
          .text("tokenizer.ggml.model", random.nextBoolean() ? "gpt2" : "llama")
          .texts("tokenizer.ggml.tokens", texts(random));
    }
    int entries = random.nextInt(16);
    for (int i = 0; i < entries; i++) {
      String key = KEYS.get(random.nextInt(KEYS.size()));
      if (random.nextInt(8) > 0 && !file.has(key)) {
        sensible(file, key, random);
      } else {
        int type = random.nextInt(random.nextInt(16) == 0 ? 16 : 13);
        file.raw(random.nextInt(3) == 0 ? key : key + i, type, value(type, 1, random));
      }
    }
    if (random.nextBoolean()) {
      file.tensor("weight", 1 + random.nextInt(4096), random.nextLong() >>> random.nextInt(64));
    }
    byte[] bytes = random.nextInt(8) == 0 ? file.bytes(count(entries, random)) : file.bytes();
    return random.nextInt(16) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  /** Adds an entry of the type that is expected of its key. */
  private static void sensible(ContainerBytes file, String key, RandomGenerator random) {
    switch (key) {
      case "tokenizer.ggml.tokens", "tokenizer.ggml.merges" -> file.texts(key, texts(random));
      case "tokenizer.ggml.scores" -> file.floats(key, random.nextFloat(), Float.NaN, -0f);
      case "tokenizer.ggml.token_type" -> file.i32s(key, 1, random.nextInt(8), random.nextInt());
      case "rkllm.has_tokenizer", "tokenizer.ggml.add_bos_token" ->
          file.flag(key, random.nextBoolean());
      default -> {
        if (key.startsWith("qwen2.") || key.endsWith("_id") || key.equals("rkllm.max_context")) {
          file.u32(key, random.nextInt() >>> random.nextInt(32));
        } else {
          file.text(key, TEXTS.get(random.nextInt(TEXTS.size())));
        }
      }
    }
  }

  private static List<String> texts(RandomGenerator random) {
    return random.ints(random.nextInt(4), 0, TEXTS.size()).mapToObj(TEXTS::get).toList();
  }

  /** A value of any type; its lengths and counts are wrong now and then. */
  private static ByteBuffer value(int type, int depth, RandomGenerator random) {
    if (type == 8) {
      byte[] text = new byte[random.nextInt(random.nextInt(32) == 0 ? 2048 : 16)];
      random.nextBytes(text); // often not UTF-8, whatever the mask makes of it
      return ContainerBytes.le(8 + text.length).putLong(count(text.length, random)).put(text);
    }
    if (type != 9) {
      byte[] number = new byte[type < SIZES.length ? SIZES[type] : 4];
      random.nextBytes(number);
      if (type == 7) {
        number[0] &= 1;
      }
      return ContainerBytes.le(number.length).put(number);
    }
    int element = random.nextInt(depth > 5 ? 9 : 10);
    int elements = random.nextInt(4);
    ByteBuffer[] values = new ByteBuffer[elements];
    Arrays.setAll(values, i -> value(element, depth + 1, random));
    int size = Arrays.stream(values).mapToInt(ByteBuffer::capacity).sum();
    ByteBuffer array =
        ContainerBytes.le(12 + size).putInt(element).putLong(count(elements, random));
    Arrays.stream(values).forEach(each -> array.put(each.flip()));
    return array;
  }

  private static long count(long right, RandomGenerator random) {
    return switch (random.nextInt(64)) {
      case 0 -> right + 1;
      case 1 -> right - 1;
      case 2 -> random.nextLong();
      case 3 -> 1L << random.nextInt(64);
      case 4 -> 1 << 21; // the most elements of an array
      case 5 -> 16 << 20; // the longest text
      default -> right;
    };
  }
}
