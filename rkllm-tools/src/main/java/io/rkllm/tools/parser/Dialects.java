package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;

/** The dialects of tool calls. */
public final class Dialects {
  /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}: Qwen, Hermes and many others. */
  public static final Dialect HERMES = new Unready("hermes");

  /** {@code <|python_tag|>{"name": …, "parameters": {…}}}, or the object alone: Llama 3. */
  public static final Dialect LLAMA = new Unready("llama");

  /** {@code [TOOL_CALLS][{"name": …, "arguments": {…}}]}: Mistral. */
  public static final Dialect MISTRAL = new Unready("mistral");

  /** {@code <｜tool▁calls▁begin｜>} and what follows it: DeepSeek. */
  public static final Dialect DEEPSEEK = new Unready("deepseek");

  /** {@code functools[{"name": …, "arguments": {…}}]}: Phi. */
  public static final Dialect PHI = new Unready("phi");

  /** An object in a fence of backticks: Gemma. */
  public static final Dialect FENCED = new Unready("fenced");

  /** Any of them, whichever the answer turns out to be in. Renders as {@link #HERMES}. */
  public static final Dialect DETECTED = new Unready("detected");

  private Dialects() {}

  /** The dialect of a model by its name or file name; {@link #DETECTED} where that says nothing. */
  public static Dialect forModel(String name) {
    return DETECTED;
  }

  private static final class Unready extends Dialect {
    Unready(String name) {
      super(name);
    }

    @Override
    public String render(List<ToolCall> calls) {
      throw new UnsupportedOperationException();
    }
  }
}
