package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A dialect of this library. */
final class FamilyDialect extends Dialect {
  private final Function<List<ToolCall>, String> renderer;
  private final List<String> controlTokens;
  private final List<ThinkingTags> thinkingTags;

  private FamilyDialect(
      String name,
      List<CallForm> forms,
      List<String> controlTokens,
      List<ThinkingTags> thinkingTags,
      Function<List<ToolCall>, String> renderer) {
    super(name, forms);
    this.controlTokens = List.copyOf(controlTokens);
    this.thinkingTags = List.copyOf(thinkingTags);
    this.renderer = renderer;
  }

  /** {@code renderer} writes tool calls. */
  static FamilyDialect of(
      String name,
      List<String> controlTokens,
      Function<List<ToolCall>, String> renderer,
      CallForm... forms) {
    return new FamilyDialect(
        name, List.of(forms), controlTokens, List.of(ThinkingTags.THINK), renderer);
  }

  /**
   * Returns a function that writes each call with {@code each} and separates calls by {@code
   * between}.
   */
  static Function<List<ToolCall>, String> each(Function<ToolCall, String> each, String between) {
    return calls -> calls.stream().map(each).collect(Collectors.joining(between));
  }

  /** Returns this dialect with additional thinking tags. */
  FamilyDialect thinking(ThinkingTags tags) {
    List<ThinkingTags> all = new ArrayList<>(thinkingTags);
    all.add(tags);
    return new FamilyDialect(name(), forms(), controlTokens, all, renderer);
  }

  /** Returns a dialect that reads all of the given dialects, in their order. */
  static FamilyDialect allOf(String name, List<Dialect> dialects, Dialect rendersAs) {
    return new FamilyDialect(
        name,
        all(dialects, Dialect::forms),
        all(dialects, Dialect::controlTokens),
        all(dialects, Dialect::thinkingTags),
        rendersAs::render);
  }

  private static <T> List<T> all(List<Dialect> dialects, Function<Dialect, List<T>> of) {
    return dialects.stream().map(of).flatMap(List::stream).distinct().toList();
  }

  @Override
  public String render(List<ToolCall> calls) {
    return renderer.apply(calls);
  }

  @Override
  public List<String> controlTokens() {
    return controlTokens;
  }

  @Override
  public List<ThinkingTags> thinkingTags() {
    return thinkingTags;
  }
}
