package io.rkllm.ffm;

import io.rkllm.spi.ModelConfig;
import java.nio.file.Path;

/**
 * Loads a model for asynchronous runs with a certain release. Forked by {@link AsyncWarningTest}.
 */
final class AsyncWarningProgram {
  private AsyncWarningProgram() {}

  /** Arguments: simulator, release, model file, and whether the runs are asynchronous. */
  public static void main(String[] args) throws Exception {
    FfmRuntime runtime = new RecordedLibrary(Simulator.valueOf(args[0])).runtime(args[1]);
    boolean async = Boolean.parseBoolean(args[3]);
    runtime.load(ModelConfig.builder(Path.of(args[2])).nativeAsync(async).build());
  }
}
