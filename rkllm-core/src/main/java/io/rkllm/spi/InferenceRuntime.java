package io.rkllm.spi;

import io.rkllm.ModelLoadException;
import io.rkllm.runtime.RuntimeInfo;

/** An opened runtime, from which models are loaded. Thread-safe. Lives as long as the process. */
public interface InferenceRuntime {

  /** Which runtime this is. */
  RuntimeInfo info();

  /**
   * Loads a model: {@code rkllm_init}. Called on the model's own thread, on which every later call
   * but {@link NativeModel#abort} comes too.
   *
   * @throws ModelLoadException if the model cannot be loaded, with path, code and likely causes
   */
  NativeModel load(ModelConfig config);
}
