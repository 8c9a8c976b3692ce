package io.rkllm.file;

/**
 * An estimate of the NPU memory that a model needs. The weights are assumed to be as large as the
 * file, and the KV cache to contain 16-bit numbers. Buffers for intermediate results are not
 * included, and the runtime may differ.
 *
 * <p>Immutable. Estimates with the same values are equal. Applications do not implement this
 * interface; methods may be added.
 */
public interface MemoryEstimate {

  /** Returns the number of tokens in the context. */
  int contextLength();

  /** Returns the size of the weights in bytes. */
  long weights();

  /** Returns the size of the KV cache in bytes. */
  long kvCache();

  /** Returns the sum in bytes. */
  default long total() {
    return weights() + kvCache();
  }
}
