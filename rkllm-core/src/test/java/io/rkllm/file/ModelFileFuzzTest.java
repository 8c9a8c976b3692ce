package io.rkllm.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
 * Files with random changes: reading one may fail with the documented exception only, in a heap
 * that has no memory for what a length in it claims. A failure names the seed of its file.
 */
class ModelFileFuzzTest {
  private static final byte[] WHOLE =
      ContainerBytes.qwen()
          .floats("tokenizer.ggml.scores", 0, 1, 2, 3, 4, 5)
          .raw("nested", 9, ContainerBytes.array(9, 1, ContainerBytes.array(0, 0).array()))
          .bytes();

  @TempDir Path folder;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void read_changedFiles_failsAsDocumented() throws IOException {
    fuzz(10_000);
  }

  @Test
  @Tag("soak")
  void read_twoMillionChangedFiles_failsAsDocumented() throws IOException {
    fuzz(2_000_000);
  }

  private void fuzz(int files) throws IOException {
    long first = RandomGenerator.getDefault().nextLong();
    RandomGeneratorFactory<RandomGenerator> generators =
        RandomGeneratorFactory.of("L64X128MixRandom");
    Path path = folder.resolve("changed.rkllm");
    for (int i = 0; i < files; i++) {
      long seed = first + i;
      Files.write(path, changed(generators.create(seed)));
      try {
        readAll(path);
      } catch (ModelFileException documented) {
        // one of the two outcomes
      } catch (RuntimeException | Error failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
  }

  private static void readAll(Path path) {
    ModelFile file = ModelFile.read(path);
    assertThat(file.toString()).isNotEmpty();
    file.memoryEstimate(4096).ifPresent(MemoryEstimate::total);
    file.chatTemplate();
    file.keys().forEach(file::value);
    file.tokenizer()
        .ifPresent(
            tokenizer -> {
              assertThat(List.copyOf(tokenizer.tokens())).hasSize(tokenizer.size());
              assertThat(List.copyOf(tokenizer.merges())).doesNotContainNull();
              for (int id = 0; id < tokenizer.size(); id++) {
                tokenizer.type(id);
                tokenizer.score(id);
              }
              tokenizer.endId();
              assertThat(tokenizer.toString()).isNotEmpty();
            });
  }

  private static byte[] changed(RandomGenerator random) {
    byte[] bytes = WHOLE.clone();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = 4 + random.nextInt(bytes.length - 12);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> buffer.putInt(at, random.nextInt(16));
        case 3 -> buffer.putLong(at, 1L << random.nextInt(64));
        default -> buffer.putLong(at, random.nextLong() >> random.nextInt(64));
      }
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }
}
