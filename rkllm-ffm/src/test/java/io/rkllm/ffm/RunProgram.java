package io.rkllm.ffm;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.nio.file.Path;

/** Makes one run. Forked by {@link CrashTest}. */
final class RunProgram {
  private RunProgram() {}

  /** Arguments: library, model file. */
  public static void main(String[] args) {
    NativeModel model = Simulator.open(Path.of(args[0])).load(ModelConfig.of(Path.of(args[1])));
    System.out.println("returned " + model.run(Runs.prompt("?"), new RecordingObserver()));
    model.destroy();
  }
}
