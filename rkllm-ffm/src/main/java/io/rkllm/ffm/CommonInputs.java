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
 * Writes the inputs of a run, one {@code RKLLMInput} after the other. All ABIs lay them out alike
 * up to the union and in all its members but the multimodal one; the distance from one to the next
 * is the ABI's too. The generated classes of one serve for both; a test holds them equal.
 *
 * <p>Text and token ids are copied into memory of the run; embeddings are read where they are,
 * which must stay open until the run has returned.
 */
final class CommonInputs {
  private CommonInputs() {}

  /**
   * The inputs in a row.
   *
   * @param inputs one a member of the batch, or none to add nothing to a paused run
   * @param allocator its memory is zero, leaves a margin, and must live until the run has ended
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

  /** An input has to be there: a text without characters. */
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

  /** The role is without meaning where no template wraps the input, but never NULL. */
  private static void head(MemorySegment input, int type, Role role, SegmentAllocator allocator) {
    RKLLMInput.role(input, allocator.allocateFrom(role.label()));
    RKLLMInput.input_type(input, type);
  }
}
