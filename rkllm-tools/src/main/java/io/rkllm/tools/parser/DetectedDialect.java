package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** All that the other dialects take for a call. */
final class DetectedDialect extends Dialect {
  private final Dialect rendersAs;

  DetectedDialect(Dialect rendersAs, List<Dialect> dialects) {
    super(
        "detected",
        "$^", // none
        all(dialects, Dialect::grammars),
        all(dialects, Dialect::controlTokens));
    this.rendersAs = rendersAs;
  }

  private static <T> List<T> all(
      List<Dialect> dialects, Function<Dialect, ? extends Collection<T>> of) {
    return dialects.stream().map(of).flatMap(Collection::stream).distinct().toList();
  }

  @Override
  public String render(List<ToolCall> calls) {
    return rendersAs.render(calls);
  }
}
