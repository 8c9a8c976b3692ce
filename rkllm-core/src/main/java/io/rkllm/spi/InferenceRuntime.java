package io.rkllm.spi;

import io.rkllm.ModelLoadException;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.runtime.Soc;
import java.util.Optional;

/** An opened runtime, which loads models. Thread-safe. Remains open until the process ends. */
public interface InferenceRuntime {

  /** Returns a description of this runtime. */
  RuntimeInfo info();

  /**
   * Returns the SoC that models must have been converted for. Empty if it is not known, or if any
   * model can be run. Blocks for file access at most.
   */
  default Optional<Soc> requiredSoc() {
    return Optional.empty();
  }

  /**
   * Loads a model ({@code rkllm_init}). Called on the model's own thread, as are all later calls
   * except {@link NativeModel#abort}.
   *
   * @throws ModelLoadException if the model cannot be loaded; the message contains the path, the
   *     code and the likely causes
   */
  NativeModel load(ModelConfig config);

  /**
   * Releases what this object holds for a model that will not be loaded. Called once, when the
   * model that it was opened for has been destroyed or could not be loaded. Does not unload the
   * library. By default, does nothing.
   *
   * @since 0.1.0
   */
  default void release() {}
}
