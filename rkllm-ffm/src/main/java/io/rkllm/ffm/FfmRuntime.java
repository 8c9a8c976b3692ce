package io.rkllm.ffm;

import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An opened library together with the way to call it. Thread-safe; lives as long as the process.
 */
final class FfmRuntime implements InferenceRuntime {
  private static final Logger log = LoggerFactory.getLogger(FfmRuntime.class);

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
    if (config.nativeAsync() && Release.isAsyncBroken(identification.release())) {
      log.warn(
          "asynchronous runs are broken in runtime release {}: they are known to hang or to come"
              + " without text. To go on: load models without nativeAsync, or install release"
              + " 1.2.3 or later.",
          identification.release());
    }
    return FfmModel.load(library, identification.abi(), config);
  }

  @Override
  public void exitProcess(int status) {
    Libc.exitProcess(status);
  }
}
