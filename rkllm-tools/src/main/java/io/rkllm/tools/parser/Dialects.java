package io.rkllm.tools.parser;

import io.rkllm.tools.internal.Check;
import java.util.List;

/** The dialects of tool calls. */
public final class Dialects {
  /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}: Qwen, Hermes and many others. */
  public static final Dialect HERMES = new HermesDialect();

  /**
   * {@code {"name": …, "parameters": {…}}} alone, if it names a declared tool, or behind {@code
   * <|python_tag|>}: Llama 3.
   */
  public static final Dialect LLAMA = new LlamaDialect();

  /**
   * {@code [TOOL_CALLS][{"name": …, "arguments": {…}}]}, {@code [TOOL_CALLS]name[ARGS]{…}}, or a
   * list alone, if it names declared tools: Mistral.
   */
  public static final Dialect MISTRAL = new MistralDialect();

  /** {@code <｜tool▁calls▁begin｜>} and what follows it: DeepSeek. */
  public static final Dialect DEEPSEEK = new DeepSeekDialect();

  /** {@code functools[{"name": …, "arguments": {…}}]}: Phi. */
  public static final Dialect PHI = new PhiDialect();

  /** An object in a fence of backticks, or alone, if it names a declared tool: Gemma. */
  public static final Dialect FENCED = new FencedDialect();

  /** In the order in which a model's name is looked at: distilled models bear two names. */
  private static final List<Dialect> ALL = List.of(DEEPSEEK, HERMES, LLAMA, MISTRAL, PHI, FENCED);

  /** Any of them, whichever the answer turns out to be in. Renders as {@link #HERMES}. */
  public static final Dialect DETECTED = new DetectedDialect(HERMES, ALL);

  private Dialects() {}

  /** All but {@link #DETECTED}. */
  public static List<Dialect> all() {
    return ALL;
  }

  /**
   * The dialect of a model by its name or file name, such as {@code Qwen3-0.6B-rk3588.rkllm};
   * {@link #DETECTED} where that says nothing.
   */
  public static Dialect forModel(String name) {
    Check.nonNull("name", name);
    return ALL.stream().filter(dialect -> dialect.isSpokenBy(name)).findFirst().orElse(DETECTED);
  }
}
