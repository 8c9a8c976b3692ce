package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.internal.answer.Answers;
import java.util.List;

/**
 * The chat formats of the model families, which follow their own chat templates. {@link
 * ModelFamily} finds the format of a model by its name.
 *
 * <pre>{@code
 * RkllmModel.builder(path).chatFormat(ChatFormats.qwen3()).load();
 * }</pre>
 *
 * <p>All formats follow these rules:
 *
 * <ul>
 *   <li><b>Control tokens</b> of the family in the text of any role get a space after their first
 *       character: {@code <|im_end|>} becomes {@code < |im_end|>}. In the JSON of tools and of
 *       arguments that character is written as its escape instead, so that the JSON value is
 *       unchanged. No other text is changed or removed.
 *   <li><b>Tool calls</b> are written in the family's {@linkplain io.rkllm.tools.parser.Dialects
 *       dialect}, and {@code read} takes thinking and calls out of an answer, in any dialect. A
 *       malformed call stays in the text, so that the model can see its own output.
 *   <li><b>Results of tools</b> are rendered in the order of their calls, not in the order in which
 *       they were added: in most families, only the order relates a result to its call.
 *   <li><b>Thinking</b> of earlier answers is left out where the family's template does so. Then
 *       the prompt of the next turn differs from the last one where the answer begins, and the
 *       runtime processes that answer once more; all before it is reused. Without thinking, adding
 *       messages to a conversation only appends to its rendering, except for {@link #qwen3}, {@link
 *       #gemma4} and {@link #deepSeek}, which mark an answer without thinking only while it is
 *       being requested, and {@link #qwen35}, which marks those since the user's last message.
 *       Families without thinking ignore the switch.
 *   <li><b>The token that begins a sequence</b>, where a family has one, is not written ({@link
 *       ChatFormat#writesBeginToken}): the vendor's own templates for such models leave it out, so
 *       the runtime's tokenizer is expected to add it. The vendor does not document this. Only
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
   * Returns the format of Qwen 2 and 2.5: ChatML with the tools of Hermes, without thinking. A
   * conversation without a system prompt gets that of Qwen 2.5, as in its template.
   */
  public static ChatFormat qwen2() {
    return Formats.QWEN_2;
  }

  /**
   * Returns the format of Qwen 3: ChatML with the tools of Hermes. Without thinking the answer
   * begins after an empty {@code <think>} block, which keeps these models from thinking. Thinking
   * stays in the prompt for the answers since the user's last message, such as those that call
   * tools, and is left out of earlier ones.
   */
  public static ChatFormat qwen3() {
    return Formats.QWEN_3;
  }

  /**
   * Returns the format of the "Instruct-2507" models of Qwen 3, without thinking; otherwise the
   * same as {@link #qwen3}.
   */
  public static ChatFormat qwen3Instruct() {
    return Formats.QWEN_3_INSTRUCT;
  }

  /**
   * Returns the format of the "Thinking-2507" models of Qwen 3, which always think: the prompt ends
   * in {@code <think>} and the answer begins inside thinking, regardless of the conversation's
   * setting.
   */
  public static ChatFormat qwen3Thinking() {
    return Formats.QWEN_3_THINKING;
  }

  /**
   * Returns the format of Llama 3, 3.1, and 3.2. Tools are declared before the user's first
   * message, or in the system prompt if there is none yet. White space around messages is left out.
   * The lines about dates that newer templates put before the system prompt are left out; include
   * the date in the system prompt if it matters.
   */
  public static ChatFormat llama3() {
    return Formats.LLAMA_3;
  }

  /**
   * Returns the format of Gemma 1 to 3, which have only the alternating roles user and model:
   * system prompts, tools, and their results are rendered as user turns, and consecutive messages
   * of one role become one turn, separated by an empty line. White space around messages is left
   * out. These models were not trained on a particular form of tools; they are instructed to write
   * a JSON object in a code fence.
   */
  public static ChatFormat gemma() {
    return Formats.GEMMA;
  }

  /**
   * Returns the format of DeepSeek R1 and the models distilled from it. The prompt ends in {@code
   * <think>}, or, without thinking, after an empty thinking block, which their template does not
   * have but the models follow; after results of tools neither is written. Thinking is left out of
   * all earlier answers. System prompts and tools precede the first turn; a later system prompt is
   * rendered as a user turn. The small models were not trained on tools; they are instructed to use
   * the form of the large ones.
   */
  public static ChatFormat deepSeek() {
    return Formats.DEEP_SEEK;
  }

  /**
   * Returns the format of Phi 3 and 3.5, without tools: a conversation that declares tools is
   * rejected with {@link IllegalArgumentException}; tool results in a history are rendered as user
   * turns.
   */
  public static ChatFormat phi3() {
    return Formats.PHI_3;
  }

  /**
   * Returns the format of Qwen 3.5: ChatML with tools whose calls are {@code <function=…>} blocks.
   * The prompt ends in {@code <think>}, or, without thinking, after an empty thinking block.
   * Thinking stays in the prompt for the answers since the user's last message.
   */
  public static ChatFormat qwen35() {
    return Formats.QWEN_3_5;
  }

  /** Returns the format of Qwen 3 Coder: {@link #qwen35} without thinking. */
  public static ChatFormat qwen3Coder() {
    return Formats.QWEN_3_CODER;
  }

  /**
   * Returns the format of Gemma 4, which has system turns, tools, and thinking. Tool results are
   * part of the model turn that called the tools, and its next answer continues that turn.
   */
  public static ChatFormat gemma4() {
    return Formats.GEMMA_4;
  }

  /**
   * Returns the format of SmolLM3: ChatML with its own form of system prompt and the tools of
   * Hermes. Today's date, which its template writes, is left out: a prompt that changes at midnight
   * could not be reused.
   */
  public static ChatFormat smolLm3() {
    return Formats.SMOL_LM_3;
  }

  /**
   * Returns the format of InternLM 2 and 2.5: ChatML with tools in a system prompt of the plugin.
   */
  public static ChatFormat internLm2() {
    return Formats.INTERN_LM_2;
  }

  /** Returns the format of ChatGLM 3, whose calls are Python calls of {@code tool_call}. */
  public static ChatFormat chatGlm3() {
    return Formats.CHAT_GLM_3;
  }

  /**
   * Returns the format of GLM 4 before 4.5: a call is the name of the tool on one line, followed by
   * its arguments.
   */
  public static ChatFormat glm4() {
    return Formats.GLM_4;
  }

  /**
   * Returns the format of Phi 4 mini, with tools in the system prompt. Phi 4 itself has a different
   * format.
   */
  public static ChatFormat phi4Mini() {
    return Formats.PHI_4_MINI;
  }

  /**
   * Returns the format of Mistral 7B version 0.3. User messages and system prompts between two
   * answers become one instruction, separated by empty lines. Tools and the system prompt are
   * placed at the beginning; the template itself moves them to the last message, which would
   * prevent reuse from turn to turn. Call ids that are not nine letters and digits are replaced by
   * ids derived from them.
   */
  public static ChatFormat mistral() {
    return Formats.MISTRAL;
  }

  /** Returns whether a model of this format thinks, or can be made to. */
  public static boolean thinks(ChatFormat format) {
    return switchesThinking(format) || Answers.isThinkingOpen(question(format, false));
  }

  /** Returns whether a model of this format thinks by default. */
  public static boolean thinksByDefault(ChatFormat format) {
    return format instanceof JinjaChatFormat template
        ? template.thinksByDefault()
        : switchesThinking(format); // families with a switch think if it is not used
  }

  private static boolean switchesThinking(ChatFormat format) {
    return !question(format, true).equals(question(format, false));
  }

  private static String question(ChatFormat format, boolean thinking) {
    try {
      return format.render(
          Conversation.of(List.of(new ChatMessage.User("?"))).withThinking(thinking));
    } catch (IllegalArgumentException e) { // a template that requires more than a question
      return "";
    }
  }
}
