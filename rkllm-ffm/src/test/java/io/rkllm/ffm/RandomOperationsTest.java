package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random calls of the public API, with valid and invalid arguments and in any order. They may throw
 * only what is documented; every generation ends; counts of tokens agree; and nothing is left after
 * the model is closed. The message of a failure contains the seed.
 */
class RandomOperationsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  @Timeout(120)
  void randomCalls_followTheDocumentation(Simulator runtime) {
    perform(runtime, Scale.of(2_000));
  }

  @Tag("soak")
  @ParameterizedTest
  @EnumSource
  @Timeout(3600)
  void fortyThousandRandomCalls_followTheDocumentation(Simulator runtime) {
    perform(runtime, Scale.of(40_000));
  }

  private void perform(Simulator runtime, int calls) {
    long first = new Random().nextLong();
    ModelFile file = EndToEnd.modelIn(folder);
    int performed = 0;
    for (int model = 0; performed < calls; model++) {
      long seed = first + model;
      try (RandomCalls random = new RandomCalls(runtime, file, folder, new Random(seed))) {
        performed += random.perform();
        random.close();
        EndToEnd.assertClean(file);
      } catch (Throwable violation) {
        throw new AssertionError("seed %d on %s".formatted(seed, runtime), violation);
      }
    }
    assertThat(performed).isGreaterThanOrEqualTo(calls);
  }
}
