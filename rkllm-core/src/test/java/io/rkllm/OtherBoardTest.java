package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.file.ContainerBytes;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that was converted for one SoC, on a board with this or another. */
class OtherBoardTest {
  @TempDir Path folder;

  private final ScriptedRuntime scripted = ScriptedRuntime.answering(_ -> Script.of("yes"));

  @Test
  void load_modelForAnotherSoc_isRefusedBeforeTheRuntimeLoadsIt() throws Exception {
    Path file = new ContainerBytes().text("rkllm.platform", "RK3576").write(folder.resolve("m"));

    assertThatThrownBy(
            () -> RkllmModel.builder(file).runtime(board(Optional.of(Soc.RK3588))).load())
        .isInstanceOf(ModelLoadException.class)
        .hasMessage(
            "cannot load model "
                + file
                + ": it was converted for RK3576, and this board has an RK3588; use a file that was"
                + " converted for RK3588");
    assertThat(scripted.configs()).isEmpty();
  }

  @Test
  void load_sameSocOrOneThatIsNotKnown_isLoaded() throws Exception {
    Path file = new ContainerBytes().text("rkllm.platform", "RK3576").write(folder.resolve("m"));
    Path other = new ContainerBytes().u32("rkllm.platform", 7).write(folder.resolve("o"));

    RkllmModel.builder(file).runtime(board(Optional.of(Soc.RK3576))).load().close();
    RkllmModel.builder(file).runtime(board(Optional.empty())).load().close();
    RkllmModel.builder(other).runtime(board(Optional.of(Soc.RK3588))).load().close();
  }

  private RuntimeProvider board(Optional<Soc> soc) {
    return new Board(scripted, soc);
  }

  /** The scripted runtime on a board. */
  private record Board(ScriptedRuntime scripted, Optional<Soc> requiredSoc)
      implements RuntimeProvider, InferenceRuntime {
    @Override
    public String name() {
      return "board";
    }

    @Override
    public InferenceRuntime open(RuntimeOptions options) {
      return this;
    }

    @Override
    public DoctorReport diagnose(RuntimeOptions options) {
      return scripted.diagnose(options);
    }

    @Override
    public RuntimeInfo info() {
      return scripted.info();
    }

    @Override
    public NativeModel load(ModelConfig config) {
      return scripted.load(config);
    }

    @Override
    public void exitProcess(int status) {
      scripted.exitProcess(status);
    }
  }
}
