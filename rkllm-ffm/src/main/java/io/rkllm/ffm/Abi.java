package io.rkllm.ffm;

import io.rkllm.input.MultimodalPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.Set;

/**
 * What differs between the ABIs: the layout of some structs, the third argument of {@code
 * rkllm_init}, what a callback may return, and what can be asked for. Stateless; all memory is the
 * caller's. What they share is in {@link CommonParams}, {@link CommonInputs} and {@link
 * CommonRunParams}.
 *
 * <p>Allocators that are passed in leave a {@linkplain NativeMemory#withMargin margin}.
 */
sealed interface Abi permits Abi12, Abi13 {
  /** All that are known, from the oldest to the newest. */
  List<Abi> ALL = List.of(Abi12.INSTANCE, Abi13.V1_3_0, Abi13.V1_3_1);

  /** Returns its name: {@code 1.2}, {@code 1.3} or {@code 1.3.1}. */
  String name();

  /** What its releases can do beyond what all can. */
  Set<Capability> capabilities();

  /**
   * Calls {@code rkllm_createDefaultParam}.
   *
   * @return a {@code RKLLMParam} in memory of the allocator's
   */
  MemorySegment defaultParam(MemorySegment function, SegmentAllocator allocator);

  /** Reads what matters of a {@code RKLLMParam}. */
  LoadParam read(MemorySegment param);

  /**
   * Writes what the user has set into a {@code RKLLMParam}; leaves the rest as it is.
   *
   * @param allocator its memory must live as long as the model
   */
  void configure(MemorySegment param, ModelConfig config, SegmentAllocator allocator);

  /** The third argument of {@code rkllm_init}; its memory must live as long as the model. */
  MemorySegment callback(Stubs stubs, SegmentAllocator allocator);

  /** Returns the size of {@code RKLLMInput} in bytes, the distance from one to the next. */
  long inputSize();

  /**
   * Writes the multimodal member of a {@code RKLLMInput}.
   *
   * @param config what the model was loaded with: the tags are from there
   */
  void multimodal(
      MemorySegment input, MultimodalPrompt prompt, ModelConfig config, SegmentAllocator allocator);

  /**
   * The {@code RKLLMInferParam} of a run.
   *
   * @param loaded the {@code RKLLMParam} that the model was loaded with: what the request leaves
   *     open stays as it is there
   */
  MemorySegment inferParam(RunRequest request, MemorySegment loaded, SegmentAllocator allocator);

  /** What a callback returns once logits or hidden states have been read. */
  int outputRead();

  /**
   * Function pointers into Java.
   *
   * @param result the {@code LLMResultCallback}
   * @param tokenizer the {@code LLMTokenizerCallback}, or NULL
   * @param embed the {@code LLMGetEmbedCallback}, or NULL
   */
  record Stubs(MemorySegment result, MemorySegment tokenizer, MemorySegment embed) {}
}
