package io.rkllm.spi;

import io.rkllm.ModelLoadException;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.runtime.Soc;
import java.util.Optional;

/** An opened runtime, from which models are loaded. Thread-safe. Lives as long as the process. */
public interface InferenceRuntime {

  /** Which runtime this is. */
  RuntimeInfo info();

  /**
   * Returns the SoC that models must have been converted for. Empty if it is not known, or if any
   * model can be run. Blocks for file access at most.
   */
  default Optional<Soc> requiredSoc() {
    return Optional.empty();
  }

  /**
   * Loads a model: {@code rkllm_init}. Called on the model's own thread, on which every later call
   * but {@link NativeModel#abort} comes too.
   *
   * @throws ModelLoadException if the model cannot be loaded, with path, code and likely causes
   */
  NativeModel load(ModelConfig config);
}
