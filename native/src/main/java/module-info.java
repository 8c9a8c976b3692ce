/**
 * Simulated versions of {@code librkllmrt.so} for each supported ABI, and a demonstration model,
 * packaged for use in tests.
 */
@org.jspecify.annotations.NullMarked
module io.rkllm.simulator {
  requires static org.jspecify;

  exports io.rkllm.simulator;
}
