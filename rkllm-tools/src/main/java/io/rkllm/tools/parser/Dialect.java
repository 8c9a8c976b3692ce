package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * How a family of models writes tool calls. {@link Dialects} has them.
 *
 * <p>Immutable.
 */
public abstract class Dialect {
  private final String name;
  private final Pattern models;
  private final List<CallGrammar> grammars;
  private final List<String> controlTokens;

  /**
   * {@code models}: what is found in the names of models that speak it, in small letters; {@code
   * controlTokens}: what may stand in an answer and is neither text nor a call.
   */
  Dialect(String name, String models, List<CallGrammar> grammars, List<String> controlTokens) {
    this.name = name;
    this.models = Pattern.compile(models);
    this.grammars = List.copyOf(grammars);
    this.controlTokens = List.copyOf(controlTokens);
  }

  /** Its name, such as {@code hermes}. */
  public final String name() {
    return name;
  }

  /**
   * Tool calls as a model of the family writes them, with tags.
   *
   * @param calls at least one
   */
  public abstract String render(List<ToolCall> calls);

  final boolean isSpokenBy(String model) {
    return models.matcher(model.toLowerCase(Locale.ROOT)).find();
  }

  final List<CallGrammar> grammars() {
    return grammars;
  }

  final List<String> controlTokens() {
    return controlTokens;
  }

  @Override
  public final String toString() {
    return name;
  }
}
