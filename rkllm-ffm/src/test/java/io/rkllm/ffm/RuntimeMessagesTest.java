package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.ModelLoadException;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** If output is captured, the runtime's messages about a failure are not lost. */
@Tag("not-emulated")
@Timeout(90)
class RuntimeMessagesTest {
  @TempDir Path folder;

  /** Makes several calls that fail. */
  static final class Program {
    private Program() {}

    /** Arguments: library, model file. */
    public static void main(String[] args) {
      InferenceRuntime runtime =
          new FfmRuntimeProvider().open(new RuntimeOptions(Path.of(args[0]), null, true));
      Path file = Path.of(args[1]);
      NativeModel model = runtime.load(ModelConfig.of(file));
      System.out.println("lora " + model.loadLora("x", file.resolveSibling("none.lora"), 1));
      System.out.println("cache " + model.loadPromptCache(file));
      try {
        runtime.load(ModelConfig.of(file));
      } catch (ModelLoadException e) {
        System.out.println("load: " + e.getMessage());
      }
      NativeModel other = runtime.load(ModelConfig.builder(file).baseDomain(1).build());
      System.out.println("another domain fits");
      other.destroy();
      model.destroy();
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusals_areLoggedWithTheRuntimesMessages(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, "npu-memory-mb: 3000", "when: *", "say: x");

    ForkedJvm.Result result =
        new ForkedJvm(folder, Program.class)
            .run(simulator.library().toString(), file.path().toString());

    assertThat(result.exitCode()).as(result::describe).isZero();
    assertThat(result.out()).contains("lora -1", "cache -1", "another domain fits");
    assertThat(result.out().lines().filter(line -> line.startsWith("load: ")))
        .singleElement()
        .asString()
        .contains("failed to malloc npu memory")
        .contains("separate base domain");
    assertThat(result.err())
        .containsPattern("WARN .*rkllm_load_lora returned -1: E rkllm: ")
        .containsPattern("WARN .*rkllm_load_prompt_cache returned -1: E rkllm: ");
  }
}
