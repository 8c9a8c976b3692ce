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
 * The differences between the ABIs: the layout of some structs, the third argument of {@code
 * rkllm_init}, the return values of callbacks, and the capabilities. Stateless; all memory is
 * allocated by the caller. The common parts are in {@link CommonParams}, {@link CommonInputs} and
 * {@link CommonRunParams}.
 *
 * <p>The allocators passed to these methods must leave a {@linkplain NativeMemory#withMargin
 * margin}.
 */
sealed interface Abi permits Abi12, Abi13 {
  /** All supported ABIs, oldest first. */
  List<Abi> ALL = List.of(Abi12.INSTANCE, Abi13.V1_3_0, Abi13.V1_3_1);

  /** Returns the name: {@code 1.2}, {@code 1.3} or {@code 1.3.1}. */
  String name();

  /** Returns the capabilities that not all ABIs have. */
  Set<Capability> capabilities();

  /**
   * Calls {@code rkllm_createDefaultParam}.
   *
   * @return a {@code RKLLMParam} in memory from the allocator
   */
  MemorySegment defaultParam(MemorySegment function, SegmentAllocator allocator);

  /** Reads the relevant fields of a {@code RKLLMParam}. */
  LoadParam read(MemorySegment param);

  /**
   * Writes the values set by the application to a {@code RKLLMParam} and leaves the others
   * unchanged.
   *
   * @param allocator its memory must remain valid for the lifetime of the model
   */
  void configure(MemorySegment param, ModelConfig config, SegmentAllocator allocator);

  /**
   * Returns the third argument of {@code rkllm_init}, whose memory must remain valid for the
   * lifetime of the model.
   */
  MemorySegment callback(Stubs stubs, SegmentAllocator allocator);

  /** Returns the size of {@code RKLLMInput} in bytes, which is the stride of an array of inputs. */
  long inputSize();

  /**
   * Writes the multimodal member of a {@code RKLLMInput}.
   *
   * @param config the configuration of the model, which contains the tags
   */
  void multimodal(
      MemorySegment input, MultimodalPrompt prompt, ModelConfig config, SegmentAllocator allocator);

  /**
   * Returns the {@code RKLLMInferParam} of a run.
   *
   * @param loaded the {@code RKLLMParam} that the model was loaded with, for values that the
   *     request does not set
   */
  MemorySegment inferParam(RunRequest request, MemorySegment loaded, SegmentAllocator allocator);

  /** Returns the value that a callback returns after logits or hidden states have been read. */
  int outputRead();

  /**
   * Function pointers to Java code.
   *
   * @param result the {@code LLMResultCallback}
   * @param tokenizer the {@code LLMTokenizerCallback}, or NULL
   * @param embed the {@code LLMGetEmbedCallback}, or NULL
   */
  record Stubs(MemorySegment result, MemorySegment tokenizer, MemorySegment embed) {}
}
