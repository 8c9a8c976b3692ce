package io.rkllm.ffm;

import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * An opened library together with the way to call it. Thread-safe; lives as long as the process.
 */
final class FfmRuntime implements InferenceRuntime {
  private final NativeLibrary library;
  private final Identification identification;
  private final RuntimeInfo info;

  FfmRuntime(NativeLibrary library, Identification identification, Path path) {
    this.library = library;
    this.identification = identification;
    info =
        new RuntimeInfo(
            identification.release(),
            identification.abi().name(),
            path,
            identification.simulator(),
            identification.abi().capabilities());
  }

  @Override
  public RuntimeInfo info() {
    return info;
  }

  /** How the library was identified. */
  Identification identification() {
    return identification;
  }

  /** What {@code rkllm_createDefaultParam} gives. */
  LoadParam defaults() {
    try (Arena arena = Arena.ofConfined()) {
      Abi abi = identification.abi();
      return abi.read(abi.defaultParam(library.createDefaultParam(), arena));
    }
  }

  @Override
  public NativeModel load(ModelConfig config) {
    return FfmModel.load(library, identification.abi(), config);
  }

  @Override
  public void exitProcess(int status) {
    Libc.exitProcess(status);
  }
}
