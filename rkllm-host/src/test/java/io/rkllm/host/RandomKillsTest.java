package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.Generation;
import io.rkllm.InferenceException;
import io.rkllm.RkllmModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Children that are killed at random moments. {@code -Drkllm.test.kills} sets how many. */
@Tag("not-emulated")
@Timeout(1200)
class RandomKillsTest {
  private static final int KILLS = Integer.getInteger("rkllm.test.kills", 5);
  private static final List<String> SIGNALS = List.of("SEGV", "ABRT", "BUS", "KILL", "TERM");
  private static final int TOKENS = 100;

  @TempDir Path folder;

  @Test
  void generate_childIsKilledAtAnyMoment_isWholeOrFailsWithItsBeginning() throws Exception {
    HostRuntime runtime =
        HostRuntime.builder().restarts(Integer.MAX_VALUE, Duration.ofDays(1)).build();
    Path file =
        Simulators.model(folder, "cut: words", "when: *", "decode-ms: 2", "repeat: 100 \" {i}\"");
    Random random = new Random(7);
    try (RkllmModel model =
        RkllmModel.builder(file).library(Simulators.V1_3_1.library()).runtime(runtime).load()) {
      for (int i = 0; i < KILLS; i++) {
        Generation generation = model.generate("count");
        Thread.sleep(random.nextInt(TOKENS * 3)); // the moment is what varies
        kill(SIGNALS.get(i % SIGNALS.size()));
        assertWholeOrBeginning(generation);
        assertWholeOrBeginning(model.generate("count"));
        assertThat(model.generate("count").text()).isEqualTo(counted());
      }
    }
    try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
      assertThat(children).isEmpty();
    }
  }

  private static void kill(String signal) throws Exception {
    List<ProcessHandle> children;
    try (Stream<ProcessHandle> all = ProcessHandle.current().children()) {
      children = all.toList();
    }
    for (ProcessHandle child : children) {
      new ProcessBuilder("kill", "-" + signal, Long.toString(child.pid())).start().waitFor();
      child.onExit().join();
    }
  }

  private static void assertWholeOrBeginning(Generation generation) {
    try {
      assertThat(generation.text()).isEqualTo(counted());
    } catch (InferenceException e) {
      assertThat(counted()).startsWith(e.partialText());
    }
  }

  private static String counted() {
    return IntStream.rangeClosed(1, TOKENS).mapToObj(i -> " " + i).collect(Collectors.joining());
  }
}
