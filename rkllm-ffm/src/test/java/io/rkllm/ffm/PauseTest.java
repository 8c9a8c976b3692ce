package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.observe;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs that are paused and resumed, with all ABIs. */
@Timeout(60)
class PauseTest {
  private static final String REPLY = "one two three four five six";

  @TempDir Path folder;

  private ModelFile file() {
    return ModelFile.in(folder, "cut: words", "when: *", "say: " + REPLY);
  }

  /** Pauses a run after the given number of tokens. */
  private static final class Pausing extends RecordingObserver {
    private final int tokens;

    Pausing(int tokens) {
      this.tokens = tokens;
    }

    @Override
    public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
      super.onToken(member, tokenId, utf8, length);
      return lengths.size() < tokens;
    }
  }

  private static RecordingObserver pause(NativeModel model) {
    Pausing observer = new Pausing(3);
    assertThat(model.run(prompt("?"), observer)).isZero();
    assertThat(observer.text()).isEqualTo("one two three");
    assertThat(observer.finishes).isEmpty();
    assertThat(observer.errors).isEmpty();
    return observer;
  }

  private static void assertPauseAndResume(
      Simulator simulator, ModelFile file, ModelConfig config) {
    NativeModel model = simulator.runtime().load(config);
    pause(model);
    RecordingObserver rest = observe(model, prompt(" four"));

    assertThat(rest.text()).isEqualTo(" five six");
    assertThat(rest.finishes).hasSize(1);
    assertThat(answer(model, prompt("?"))).isEqualTo(REPLY);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void resumedRun_continuesAfterTheAddedInput(Simulator simulator) {
    ModelFile file = file();
    assertPauseAndResume(simulator, file, file.config());
  }

  @ParameterizedTest
  @EnumSource
  void resumedRun_asItStands_continuesWhereItStopped(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());
    pause(model);
    RecordingObserver rest = observe(model, RunRequest.nothing());

    assertThat(rest.text()).isEqualTo(" four five six");
    assertThat(rest.finishes).hasSize(1);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void asyncRun_pausesAndResumesToo(Simulator simulator) {
    ModelFile file = file();
    assertPauseAndResume(simulator, file, file.with().nativeAsync(true).build());
  }

  @ParameterizedTest
  @EnumSource
  void clearedRange_givenAgain_isAsIfThereHadBeenNoPause(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());
    pause(model);
    int size = model.kvCacheSizes()[0];

    assertThat(model.clearKvCache(new int[] {size - 1}, new int[] {size})).isZero();
    assertThat(model.kvCacheSizes()).containsExactly(size - 1);
    assertThat(observe(model, prompt(" three")).text()).isEqualTo(" four five six");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void badRange_isRefused(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());
    pause(model);
    int size = model.kvCacheSizes()[0];

    assertThat(model.clearKvCache(new int[] {0}, new int[] {size + 10})).isEqualTo(-1);
    assertThat(model.clearKvCache(new int[] {2}, new int[] {1})).isEqualTo(-1);
    assertThat(model.kvCacheSizes()).containsExactly(size);
    assertThat(observe(model, prompt(" four")).text()).isEqualTo(" five six");
    model.destroy();
  }

  @ParameterizedTest
  @EnumSource
  void clearedCache_endsThePause(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());
    pause(model);

    assertThat(model.clearKvCache(false)).isZero();
    assertThat(answer(model, prompt("?"))).isEqualTo(REPLY);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void pausedModel_canBeDestroyed(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());
    pause(model);
    destroy(model, file);
  }
}
