package io.rkllm.tools;

import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.json.ToolJson;
import io.rkllm.tools.internal.schema.ModelText;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The tools of an application: their declarations and implementations.
 *
 * <pre>{@code
 * ToolSet tools = ToolSet.builder()
 *     .add(new Weather())                                            // its methods with @Tool
 *     .add("add", "Adds two numbers", Sum.class, sum -> sum.a() + sum.b())  // record Sum(int a, int b)
 *     .build();
 * }</pre>
 *
 * <p>Arguments are records, enums, primitives and their classes, texts, {@code BigDecimal}, {@code
 * BigInteger}, {@code UUID}, {@code URI}, dates and times of {@code java.time}, {@code Object} for
 * anything, and lists, sets, arrays, {@code Map<String, …>} and {@code Optional} of such. All are
 * required but an {@code Optional}, what is annotated {@code @Nullable} and what {@link Param} says
 * so of. Records must not contain themselves.
 *
 * <p>On the module path, the package of the tools and of the records they take must be open to
 * {@code io.rkllm.tools} and {@code tools.jackson.databind}, unless it is exported and all of them
 * are public.
 *
 * <p>Immutable and thread-safe, if the tools are.
 */
public final class ToolSet {
  private final Map<String, BoundTool> tools;
  private final List<ToolDeclaration> declarations;

  private ToolSet(Map<String, BoundTool> tools) {
    this.tools = Collections.unmodifiableMap(new LinkedHashMap<>(tools));
    declarations = tools.values().stream().map(BoundTool::declaration).toList();
  }

  /**
   * The tools of some objects; as {@link Builder#add(Object)} for each.
   *
   * @throws IllegalArgumentException if one has none, or a tool cannot be taken
   */
  public static ToolSet of(Object... objectsWithTools) {
    Builder builder = builder();
    for (Object object : Check.nonNull("objectsWithTools", objectsWithTools)) {
      builder.add(object);
    }
    return builder.build();
  }

  /** Without any tools yet. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the declarations of the tools, in the order in which they were added. */
  public List<ToolDeclaration> declarations() {
    return declarations;
  }

  /** The names of the tools, in that order. */
  public Set<String> names() {
    return tools.keySet();
  }

  /** The tools in the OpenAI form: {@code [{"type": "function", "function": {…}}, …]}. */
  public String toJson() {
    return ToolJson.array(declarations);
  }

  /**
   * Checks the arguments against the tool's schema and runs it on the calling thread, for as long
   * as it takes. Arguments of Java types may be null where they are not required, and whole numbers
   * may be written 5.0.
   *
   * @return its result: a String as it is, {@code done} where the method is void, all else as JSON,
   *     so {@code null} for null. NUL characters and lone surrogates, which the runtime cannot
   *     take, become U+FFFD
   * @throws InvalidToolCallException if there is no such tool or the arguments do not fit; nothing
   *     has run then
   * @throws ToolFailedException if the tool threw, or gave what cannot be written as JSON; the
   *     cause says which. Where that is an {@link InterruptedException}, the thread is interrupted
   *     again
   */
  public String call(ToolCall call) {
    return call(call, () -> {});
  }

  /**
   * As {@link #call(ToolCall)}.
   *
   * @param beforeItRuns called when the arguments are checked, just before the tool runs; what it
   *     throws goes to the caller, and nothing runs
   */
  String call(ToolCall call, Runnable beforeItRuns) {
    return tool(call).call(call.arguments(), beforeItRuns);
  }

  /**
   * Checks a call without running the tool.
   *
   * @throws InvalidToolCallException as {@link #call}
   */
  void check(ToolCall call) {
    tool(call).check(call.arguments());
  }

  private BoundTool tool(ToolCall call) {
    BoundTool tool = tools.get(Check.nonNull("call", call).name());
    if (tool == null) {
      throw new InvalidToolCallException(unknown(call.name()), true);
    }
    return tool;
  }

  /** Such as {@code ToolSet[get_weather, add]}. */
  @Override
  public String toString() {
    return "ToolSet" + names();
  }

  private String unknown(String name) {
    String there =
        tools.isEmpty()
            ? "there are none. Answer without."
            : "there is " + ModelText.join(names()) + ". Call one of these, or answer without.";
    return ModelText.sanitize("There is no tool " + ModelText.quote(name) + "; " + there);
  }

  /** Builds {@link ToolSet}. Refuses what cannot be a tool as soon as it is added. */
  public static final class Builder {
    private final Map<String, BoundTool> tools = new LinkedHashMap<>();

    private Builder() {}

    /**
     * All methods of an object that have {@link Tool}, inherited and static ones too, in the order
     * of their names. Pass a {@link Class} to add its static methods.
     *
     * @throws IllegalArgumentException if there is none; if one is not public, has a type that has
     *     no schema, a parameter without a name, or a name that is illegal or taken
     */
    public Builder add(Object withTools) {
      AnnotatedTools.of(Check.nonNull("withTools", withTools)).forEach(this::put);
      return this;
    }

    /**
     * A function that takes its arguments as a record.
     *
     * @param arguments a record, whose components are the arguments
     * @throws IllegalArgumentException if the name is illegal or taken, or the class is not a
     *     record or has a component of a type that has no schema
     */
    public <A> Builder add(
        String name, String description, Class<A> arguments, ToolFunction<? super A> function) {
      put(BoundTool.ofRecord(name, description, arguments, function));
      return this;
    }

    /**
     * A function that takes its arguments as JSON: an object that fits the schema of the
     * declaration, in compact form.
     *
     * <p>The schema is read as draft 2020-12; {@code format} checks nothing. Its references must
     * lead to places in itself: nothing is ever loaded. Its patterns are matched in linear time, so
     * they have no lookaround and no backreferences, and repeat at most 1,000 times.
     *
     * @throws IllegalArgumentException if the name is taken, or the parameters are not a JSON
     *     Schema of an object or have a pattern that cannot be used
     */
    public Builder add(ToolDeclaration declaration, ToolFunction<? super String> function) {
      put(BoundTool.ofSchema(declaration, function));
      return this;
    }

    /** The tools added so far; may be none. */
    public ToolSet build() {
      return new ToolSet(tools);
    }

    private void put(BoundTool tool) {
      if (tools.putIfAbsent(tool.declaration().name(), tool) != null) {
        throw new IllegalArgumentException(
            "there are two tools of the name "
                + tool.declaration().name()
                + "; rename one of them, such as by @Tool(name = \"…\")");
      }
    }
  }
}
