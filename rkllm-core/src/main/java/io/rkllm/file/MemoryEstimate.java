package io.rkllm.file;

/**
 * An estimate of the NPU memory that a model takes. The weights are taken to be as large as the
 * file, the KV cache to hold 16-bit numbers; buffers for intermediate results come on top, and the
 * runtime may do otherwise.
 *
 * @param contextLength the number of tokens in the context
 * @param weights bytes of weights
 * @param kvCache bytes of the KV cache
 */
public record MemoryEstimate(int contextLength, long weights, long kvCache) {
  /** Returns the sum in bytes. */
  public long total() {
    return weights + kvCache;
  }
}
