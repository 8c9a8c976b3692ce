/**
 * A simulated {@code librkllmrt.so} of each supported release and a demonstration model, packed for
 * use in anybody's tests.
 */
@org.jspecify.annotations.NullMarked
module io.rkllm.simulator {
  requires static org.jspecify;

  exports io.rkllm.simulator;
}
