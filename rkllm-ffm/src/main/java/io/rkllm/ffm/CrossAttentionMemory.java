package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.ffm.gen.v1_2.RKLLMCrossAttnParam;
import io.rkllm.input.CrossAttention;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * What native code reads for cross-attention. Whether it copies is not known, so all of it must
 * stay until other buffers have been set or the model is destroyed; then {@link #close} frees the
 * struct, the mask and the positions, which are copies. Keys and values are read where they are:
 * their maker keeps them open, and this keeps them reachable.
 *
 * <p>{@code RKLLMCrossAttnParam} has the same layout in both ABIs, so the generated class of one
 * serves for both; a test holds them equal.
 */
final class CrossAttentionMemory implements AutoCloseable {
  private final Arena arena;
  private final CrossAttention source;
  private final MemorySegment param;

  CrossAttentionMemory(CrossAttention source) {
    this.source = source;
    MemorySegment keys = NativeMemory.open(source.keys());
    MemorySegment values = NativeMemory.open(source.values());
    arena = Arena.ofShared();
    param = RKLLMCrossAttnParam.allocate(arena).fill((byte) 0);
    RKLLMCrossAttnParam.encoder_k_cache(param, keys);
    RKLLMCrossAttnParam.encoder_v_cache(param, values);
    RKLLMCrossAttnParam.encoder_mask(param, arena.allocateFrom(JAVA_FLOAT, source.mask()));
    RKLLMCrossAttnParam.encoder_pos(param, arena.allocateFrom(JAVA_INT, source.positions()));
    RKLLMCrossAttnParam.num_tokens(param, source.tokens());
  }

  /** The {@code RKLLMCrossAttnParam}. */
  MemorySegment param() {
    return param;
  }

  /** Native code reads it no more. */
  @Override
  public void close() {
    try {
      arena.close();
    } finally {
      Reference.reachabilityFence(source); // keys and values may live as long as it is reachable
    }
  }
}
