package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rkllm.RkllmModel;
import io.rkllm.input.TokenPrompt;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A {@code /dev/shm} that is too small, full, or cannot be written, in a mount namespace of its
 * own. Skipped where this user may not mount.
 */
@Tag("not-emulated")
@Timeout(120)
class SharedMemoryTest {
  private static final int TOKENS = 100;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "size=64m", // enough
        "size=64k", // too small for the 1.6 MB of logits
        "size=4k", // full, once there is a socket
        "nr_inodes=1", // without place for a single file
        "ro"
      })
  void logits_sharedMemoryCannotBeUsed_arePassedInline(String options) throws Exception {
    assumeTrue(mounts("size=64k"), "this user cannot mount a file system");
    Path output = folder.resolve("out.txt");
    Path model = Simulators.model(folder, "vocab: 4096", "when: *", "say: I heard you.");
    String java =
        "exec '%s/bin/java' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s' '%s' '%s' '%s'"
            .formatted(
                System.getProperty("java.home"),
                System.getProperty("java.class.path"),
                Application.class.getName(),
                model,
                Simulators.V1_3_1.library());
    Process process =
        inNamespace(options, java)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
    assertThat(output).content().contains("rows 100 twice, then I heard you.");
    assertThat(process.exitValue()).isZero();
  }

  private static boolean mounts(String options) throws Exception {
    try {
      return inNamespace(options, "true").start().waitFor() == 0;
    } catch (java.io.IOException e) {
      return false; // there is no unshare
    }
  }

  private static ProcessBuilder inNamespace(String options, String command) {
    return new ProcessBuilder(
        "unshare",
        "-m",
        "sh",
        "-c",
        "mount -t tmpfs -o " + options + " rkllm-test /dev/shm && " + command);
  }

  /** Reads logits twice, and then generates. */
  static final class Application {
    public static void main(String[] arguments) {
      try (RkllmModel model =
          RkllmModel.builder(Path.of(arguments[0]))
              .library(Path.of(arguments[1]))
              .isolated()
              .load()) {
        int[] ids = new int[TOKENS];
        Arrays.fill(ids, 65);
        TokenPrompt prompt = TokenPrompt.of(ids);
        float[] first = model.readLogits(prompt, logits -> logits.row(TOKENS - 1));
        float[] second = model.readLogits(prompt, logits -> logits.row(TOKENS - 1));
        int rows = model.readLogits(prompt, logits -> logits.rows());
        boolean equal = Arrays.equals(first, second) && first.length == 4096;
        System.out.println(
            "rows "
                + rows
                + (equal ? " twice" : " differ")
                + ", then "
                + model.generate("x").text());
      }
    }
  }
}
