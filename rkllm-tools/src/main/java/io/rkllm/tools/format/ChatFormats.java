package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;

/**
 * Chat formats of the model families, as their own chat templates have them. {@link ModelFamily}
 * finds the one of a model by its name.
 *
 * <pre>{@code
 * RkllmModel.builder(path).chatFormat(ChatFormats.qwen3()).load();
 * }</pre>
 *
 * <p>What they have in common:
 *
 * <ul>
 *   <li><b>Control tokens</b> of the family in a text, whoever says it, get a space after their
 *       first character: {@code <|im_end|>} becomes {@code < |im_end|>}. In the JSON of tools and
 *       of arguments that character is written as its escape instead, so that the JSON stays equal.
 *       Nothing else is changed and nothing taken away.
 *   <li><b>Tool calls</b> are written in the family's {@linkplain io.rkllm.tools.parser.Dialects
 *       dialect}, and {@code read} takes thinking and calls out of an answer, in whichever dialect
 *       they are. A call that is malformed stays in the text, so that the model sees what it wrote.
 *   <li><b>Results of tools</b> stand in the order of their calls, whatever the order in which they
 *       came: most families have no other way to tell which call a result answers.
 *   <li><b>Thinking</b> of earlier answers is left out where the family's template does so. Then
 *       the prompt of the next turn differs from the last one where the answer begins, and the
 *       runtime processes that answer once more; all before it is reused. Without thinking a
 *       conversation that grows renders to a text that grows at its end, but for {@link #qwen3},
 *       {@link #gemma4} and {@link #deepSeek}, which mark an answer without thinking while it is
 *       asked for alone, and {@link #qwen35}, which marks those since the user's last message.
 *       Families without thinking take no notice of the switch.
 *   <li><b>The token that begins a sequence</b>, where a family has one, is not written ({@link
 *       ChatFormat#writesBeginToken}): the vendor's own templates for such models leave it out, so
 *       the runtime's tokenizer is expected to add it. No document of the vendor says so. Only
 *       {@link #glm4} and {@link #chatGlm3} write theirs, as their templates do.
 *   <li>Calls that begin with a special token, as those of Llama 3, DeepSeek and Mistral may, reach
 *       the program only if the runtime does not {@linkplain
 *       io.rkllm.RkllmModel.Builder#skipSpecialTokens skip special tokens}.
 * </ul>
 *
 * <p>All formats are immutable and thread-safe.
 */
public final class ChatFormats {
  private ChatFormats() {}

  /**
   * Qwen 2 and 2.5: ChatML with the tools of Hermes, without thinking. A conversation that has no
   * system prompt of its own gets that of Qwen 2.5, as in its template.
   */
  public static ChatFormat qwen2() {
    return Formats.QWEN_2;
  }

  /**
   * Qwen 3: ChatML with the tools of Hermes. Without thinking the answer begins after an empty
   * {@code <think>} block, which is how these models are told not to think. What was thought stays
   * in the prompt for the answers since the user's last message, such as those that call tools, and
   * is left out of earlier ones.
   */
  public static ChatFormat qwen3() {
    return Formats.QWEN_3;
  }

  /** Qwen 3 of the kind "Instruct-2507", which knows no thinking: {@link #qwen3} without it. */
  public static ChatFormat qwen3Instruct() {
    return Formats.QWEN_3_INSTRUCT;
  }

  /**
   * Qwen 3 of the kind "Thinking-2507", which always thinks: the prompt ends in {@code <think>} and
   * the answer begins inside thinking, whatever the conversation says.
   */
  public static ChatFormat qwen3Thinking() {
    return Formats.QWEN_3_THINKING;
  }

  /**
   * Llama 3, 3.1 and 3.2. Tools are declared before the user's first message, or in the system
   * prompt while there is none. White space around messages is left out. The lines about dates that
   * newer templates put before the system prompt are left out: say the date there if it matters.
   */
  public static ChatFormat llama3() {
    return Formats.LLAMA_3;
  }

  /**
   * Gemma 1 to 3, which know user and model alone, in turns: system prompts, tools and their
   * results are said by the user, and what one side says twice running becomes one turn, with an
   * empty line between. White space around what user and model say is left out. These models were
   * not trained on one form of tools; they are asked for a JSON object in a fence.
   */
  public static ChatFormat gemma() {
    return Formats.GEMMA;
  }

  /**
   * DeepSeek R1 and the models distilled from it. The prompt ends in {@code <think>}, or after an
   * empty block of thinking if none is wanted, which their template does not know but the models
   * heed; after results of tools neither is written. What was thought is left out of all earlier
   * answers. System prompts and tools stand before the first turn, a later system prompt is said by
   * the user. The small models were not trained on tools; they are told the form of the large ones.
   */
  public static ChatFormat deepSeek() {
    return Formats.DEEP_SEEK;
  }

  /**
   * Phi 3 and 3.5. They know no tools: a conversation that declares some is refused with {@link
   * IllegalArgumentException}; results of tools in a history are said by the user.
   */
  public static ChatFormat phi3() {
    return Formats.PHI_3;
  }

  /**
   * Qwen 3.5: ChatML with tools whose calls are {@code <function=…>} blocks. The prompt ends in
   * {@code <think>}, or after an empty block of thinking if none is wanted. Thinking stays in the
   * prompt for the answers since the user's last message.
   */
  public static ChatFormat qwen35() {
    return Formats.QWEN_3_5;
  }

  /** Qwen 3 Coder: {@link #qwen35} without thinking. */
  public static ChatFormat qwen3Coder() {
    return Formats.QWEN_3_CODER;
  }

  /**
   * Gemma 4, which has turns of the system, tools, and thinking. Results of tools stand in the turn
   * of the model that called them, and its next answer continues that turn.
   */
  public static ChatFormat gemma4() {
    return Formats.GEMMA_4;
  }

  /**
   * SmolLM3: ChatML with a system prompt of its own form and the tools of Hermes. Today's date,
   * which its template writes, is left out: a prompt that changes at midnight could not be reused.
   */
  public static ChatFormat smolLm3() {
    return Formats.SMOL_LM_3;
  }

  /** InternLM 2 and 2.5: ChatML with tools in a system prompt of the plugin. */
  public static ChatFormat internLm2() {
    return Formats.INTERN_LM_2;
  }

  /** ChatGLM 3, whose calls are Python calls of {@code tool_call}. */
  public static ChatFormat chatGlm3() {
    return Formats.CHAT_GLM_3;
  }

  /** GLM 4 before 4.5: a call is the name of the tool on a line, and its arguments. */
  public static ChatFormat glm4() {
    return Formats.GLM_4;
  }

  /** Phi 4 mini, with tools in the system prompt. Phi 4 itself has another format. */
  public static ChatFormat phi4Mini() {
    return Formats.PHI_4_MINI;
  }

  /**
   * Mistral 7B of version 0.3. What user and system prompt say between two answers becomes one
   * instruction, with an empty line between. Tools and system prompt stand at the beginning; the
   * template moves them to the last message, so that nothing could be reused from turn to turn. Ids
   * of calls that are not nine letters and digits are replaced by such that are made of them.
   */
  public static ChatFormat mistral() {
    return Formats.MISTRAL;
  }
}
