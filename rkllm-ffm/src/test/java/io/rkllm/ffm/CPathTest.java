package io.rkllm.ffm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CPathTest {
  @TempDir Path folder;

  @Test
  void charactersThatUrisEscape_areThemselves() {
    String path = "/tmp/a b%41#?+&=\\\"'<>|:;\t~.rkllm";
    assertThat(CPath.bytes(Path.of(path))).isEqualTo(path.getBytes(UTF_8));
  }

  /** Creates a model file if it can, and then loads the file that exists. */
  static final class Loader {
    public static void main(String[] arguments) throws Exception {
      Path here = Path.of("").toAbsolutePath();
      if (arguments.length == 0) {
        Path model = ModelFile.in(here, "when: *", "say: x").path();
        Files.move(model, here.resolve("模型 ü.rkllm"), StandardCopyOption.ATOMIC_MOVE);
        return;
      }
      try (DirectoryStream<Path> models = Files.newDirectoryStream(here, "*.rkllm")) {
        for (Path model : models) {
          ModelConfig config = ModelConfig.of(model);
          NativeModel loaded = Simulator.open(Path.of(arguments[0])).load(config);
          System.out.println("loaded, context " + loaded.contextLength());
          loaded.destroy();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("not-emulated") // the same on every processor
  void nameThatTheLocaleCannotSpell_reachesNativeCode(Simulator simulator) throws Exception {
    ForkedJvm.Result named =
        new ForkedJvm(folder, Loader.class).variable("LC_ALL", "C.UTF-8").run();
    assertThat(named.exitCode()).as(named.describe()).isZero();

    ForkedJvm.Result loaded =
        new ForkedJvm(folder, Loader.class)
            .variable("LC_ALL", "C")
            .run(simulator.library().toString());
    assertThat(loaded.out()).as(loaded.describe()).contains("loaded, context 512");
  }
}
