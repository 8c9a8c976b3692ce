package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.ffm.gen.v1_2.RKLLMCrossAttnParam;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.NativeFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What native code reads for cross-attention. Whether it copies is not known, so all of it must
 * stay until other buffers have been set or the model is destroyed; then {@link #close} frees the
 * struct, the mask and the positions, which are copies. Keys and values are read where they are:
 * leases keep them open until then.
 *
 * <p>{@code RKLLMCrossAttnParam} has the same layout in all ABIs, so the generated class of one
 * serves for both; a test holds them equal.
 */
final class CrossAttentionMemory implements AutoCloseable {
  private final NativeFloats.Lease keys;
  private final NativeFloats.Lease values;
  private final Arena arena;
  private final MemorySegment param;

  /**
   * Takes the leases and copies the rest.
   *
   * @throws IllegalStateException if keys or values are closed
   */
  CrossAttentionMemory(CrossAttention source) {
    keys = source.keys().keepOpen();
    try {
      values = source.values().keepOpen();
    } catch (IllegalStateException e) {
      keys.close();
      throw e;
    }
    arena = Arena.ofShared();
    param = RKLLMCrossAttnParam.allocate(NativeMemory.withMargin(arena));
    RKLLMCrossAttnParam.encoder_k_cache(param, source.keys().segment());
    RKLLMCrossAttnParam.encoder_v_cache(param, source.values().segment());
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
    arena.close();
    keys.close();
    values.close();
  }
}
