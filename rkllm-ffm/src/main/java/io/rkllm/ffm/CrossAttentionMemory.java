package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.ffm.gen.v1_2.RKLLMCrossAttnParam;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.NativeFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The memory that native code reads for cross-attention. It is unknown whether native code copies
 * it, so it must remain valid until other buffers have been set or the model is destroyed. {@link
 * #close} then frees the struct and the copies of mask and positions. Keys and values are read in
 * place; leases keep them open until then.
 *
 * <p>{@code RKLLMCrossAttnParam} has the same layout in all ABIs. The class generated for one is
 * used for all; a test checks that they are equal.
 */
final class CrossAttentionMemory implements AutoCloseable {
  private final NativeFloats.Lease keys;
  private final NativeFloats.Lease values;
  private final Arena arena;
  private final MemorySegment param;

  /**
   * Takes the leases and copies the mask and the positions.
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

  /** Returns the {@code RKLLMCrossAttnParam}. */
  MemorySegment param() {
    return param;
  }

  /** Frees the memory, which native code no longer reads. */
  @Override
  public void close() {
    arena.close();
    keys.close();
    values.close();
  }
}
