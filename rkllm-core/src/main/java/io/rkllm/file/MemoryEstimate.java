package io.rkllm.file;

/**
 * An estimate of the NPU memory that a model needs. The weights are assumed to be as large as the
 * file, and the KV cache to contain 16-bit numbers. Buffers for intermediate results are not
 * included, and the runtime may differ.
 *
 * @param contextLength the number of tokens in the context
 * @param weights the size of the weights in bytes
 * @param kvCache the size of the KV cache in bytes
 */
public record MemoryEstimate(int contextLength, long weights, long kvCache) {
  /** Returns the sum in bytes. */
  public long total() {
    return weights + kvCache;
  }
}
