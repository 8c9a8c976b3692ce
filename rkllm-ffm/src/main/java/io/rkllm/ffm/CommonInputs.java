package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.ffm.gen.v1_2.RKLLMEmbedInput;
import io.rkllm.ffm.gen.v1_2.RKLLMInput;
import io.rkllm.ffm.gen.v1_2.RKLLMTokenInput;
import io.rkllm.ffm.gen.v1_2.rkllm_h;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.ModelConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/**
 * Writes the inputs of a run as an array of {@code RKLLMInput}. All ABIs have the same layout up to
 * and including the union, except for its multimodal member; the stride also depends on the ABI.
 * The classes generated for one ABI are used for all; a test checks that they are equal.
 *
 * <p>Text and token ids are copied to memory of the run. Embeddings are read in place and must stay
 * open until the run has returned.
 */
final class CommonInputs {
  private CommonInputs() {}

  /**
   * Returns the array of inputs.
   *
   * @param inputs one input for each member of the batch, or none to resume a paused run without
   *     input
   * @param allocator must provide zeroed memory with a margin, valid until the run has ended
   */
  static MemorySegment of(
      List<Input> inputs, Abi abi, ModelConfig config, SegmentAllocator allocator) {
    int members = config.batchSize();
    if (!inputs.isEmpty() && inputs.size() != members) {
      throw new IllegalArgumentException(
          "a run of this model takes " + members + " inputs, was given " + inputs.size());
    }
    long stride = abi.inputSize();
    MemorySegment array = allocator.allocate(stride * members, 8);
    for (int i = 0; i < members; i++) {
      MemorySegment input = array.asSlice(i * stride, stride);
      if (inputs.isEmpty()) {
        nothing(input, allocator);
        continue;
      }
      switch (inputs.get(i)) {
        case TextPrompt prompt -> text(input, prompt, allocator);
        case RawPrompt prompt -> text(input, TextPrompt.of(prompt.text()), allocator);
        case TokenPrompt prompt -> tokens(input, prompt, allocator);
        case EmbeddingPrompt prompt -> embeddings(input, prompt, allocator);
        case MultimodalPrompt prompt -> {
          head(input, rkllm_h.RKLLM_INPUT_MULTIMODAL(), prompt.role(), allocator);
          RKLLMInput.enable_thinking(input, prompt.thinking());
          abi.multimodal(input, prompt, config, allocator);
        }
      }
    }
    return array;
  }

  /** Writes an empty text, because an input is required. */
  private static void nothing(MemorySegment input, SegmentAllocator allocator) {
    head(input, rkllm_h.RKLLM_INPUT_PROMPT(), Role.USER, allocator);
    RKLLMInput.prompt_input(input, allocator.allocateFrom(""));
  }

  private static void text(MemorySegment input, TextPrompt prompt, SegmentAllocator allocator) {
    head(input, rkllm_h.RKLLM_INPUT_PROMPT(), prompt.role(), allocator);
    RKLLMInput.enable_thinking(input, prompt.thinking());
    RKLLMInput.prompt_input(input, allocator.allocateFrom(prompt.text()));
  }

  private static void tokens(MemorySegment input, TokenPrompt prompt, SegmentAllocator allocator) {
    head(input, rkllm_h.RKLLM_INPUT_TOKEN(), Role.USER, allocator);
    MemorySegment member = RKLLMInput.token_input(input);
    RKLLMTokenInput.input_ids(member, allocator.allocateFrom(JAVA_INT, prompt.ids()));
    RKLLMTokenInput.n_tokens(member, prompt.tokens());
  }

  private static void embeddings(
      MemorySegment input, EmbeddingPrompt prompt, SegmentAllocator allocator) {
    head(input, rkllm_h.RKLLM_INPUT_EMBED(), Role.USER, allocator);
    MemorySegment member = RKLLMInput.embed_input(input);
    RKLLMEmbedInput.embed(member, NativeMemory.open(prompt.values()));
    RKLLMEmbedInput.n_tokens(member, prompt.tokens());
  }

  /**
   * Writes the head of an input. The role has no effect without a template, but must not be NULL.
   */
  private static void head(MemorySegment input, int type, Role role, SegmentAllocator allocator) {
    RKLLMInput.role(input, allocator.allocateFrom(role.label()));
    RKLLMInput.input_type(input, type);
  }
}
