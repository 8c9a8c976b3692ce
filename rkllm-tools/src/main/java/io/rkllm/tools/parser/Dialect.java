package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.Check;
import java.util.List;

/**
 * The notation in which a family of models writes tool calls. {@link Dialects} has the dialects of
 * known families.
 *
 * <p>To add a dialect, extend this class with a public constructor without parameters. Pass an
 * instance to {@link ParserOptions.Builder#dialect}, or register the class as a service ({@link
 * java.util.ServiceLoader}) so that {@link Dialects} finds it:
 *
 * <pre>{@code
 * public final class ArrowDialect extends Dialect {
 *   public ArrowDialect() {
 *     super("arrow", List.of(CallForm.behind("==>", CallSyntax.JSON).closedBy("<==")));
 *   }
 *
 *   @Override
 *   public String render(List<ToolCall> calls) { … }
 * }
 * }</pre>
 *
 * <p>The output of {@link #render} must be parsed as the same calls. {@code DialectLaws} of
 * rkllm-test checks this and the laws of the parser.
 *
 * <p>Implementations must be immutable: an instance always returns the same values.
 */
public abstract class Dialect {
  private final String name;
  private final List<CallForm> forms;

  /**
   * Creates a dialect.
   *
   * @param name the name, such as {@code hermes}
   * @param forms the forms of blocks of tool calls; if several match, the first is used
   * @throws IllegalArgumentException if the name is empty
   */
  protected Dialect(String name, List<CallForm> forms) {
    this.name = Check.nonEmptyText("name", name);
    this.forms = Check.copy("forms", forms);
  }

  /** Returns its name, such as {@code hermes}. */
  public final String name() {
    return name;
  }

  /** Returns how blocks of tool calls are written. */
  public final List<CallForm> forms() {
    return forms;
  }

  /**
   * Returns tool calls as a model of the family writes them, with tags.
   *
   * @param calls at least one
   */
  public abstract String render(List<ToolCall> calls);

  /**
   * Returns whether a model uses this dialect, judging by its name. The default implementation
   * returns false.
   *
   * @param model the name of a model or of its file, in lower case
   */
  public boolean isSpokenBy(String model) {
    return false;
  }

  /**
   * Returns the control tokens that may occur in an answer and are neither text nor part of a call.
   * The default implementation returns none.
   */
  public List<String> controlTokens() {
    return List.of();
  }

  /** Returns the tags around thinking, {@code <think>} and {@code </think>} by default. */
  public List<ThinkingTags> thinkingTags() {
    return List.of(ThinkingTags.THINK);
  }

  @Override
  public final String toString() {
    return name;
  }
}
