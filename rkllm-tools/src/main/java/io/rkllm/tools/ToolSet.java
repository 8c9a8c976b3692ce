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
 * anything, and lists, sets, arrays, {@code Map<String, …>} and {@code Optional} of these. All
 * arguments are required except those of type {@code Optional}, those annotated {@code @Nullable},
 * and those that {@link Param} declares optional. Records must not contain themselves.
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
   * Returns the tools of these objects, each added as by {@link Builder#add(Object)}.
   *
   * @throws IllegalArgumentException if an object has no tools, or a tool cannot be added
   */
  public static ToolSet of(Object... objectsWithTools) {
    Builder builder = builder();
    for (Object object : Check.nonNull("objectsWithTools", objectsWithTools)) {
      builder.add(object);
    }
    return builder.build();
  }

  /** Returns a builder without tools. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the declarations of the tools, in the order in which they were added. */
  public List<ToolDeclaration> declarations() {
    return declarations;
  }

  /** Returns the names of the tools, in the order in which they were added. */
  public Set<String> names() {
    return tools.keySet();
  }

  /**
   * Returns the declarations in the format of the OpenAI API: {@code [{"type": "function",
   * "function": {…}}, …]}.
   */
  public String toJson() {
    return ToolJson.array(declarations);
  }

  /**
   * Validates the arguments against the tool's schema and runs the tool on the calling thread,
   * without a timeout. Arguments of Java types may be null where they are not required, and whole
   * numbers may be written 5.0.
   *
   * @return the result: a String unchanged, {@code done} if the method is void, and any other value
   *     as JSON, so {@code null} for null. NUL characters and lone surrogates, which the runtime
   *     does not accept, are replaced by U+FFFD
   * @throws InvalidToolCallException if there is no such tool or the arguments violate its schema;
   *     the tool has not run
   * @throws ToolFailedException if the tool threw an exception, which is the cause, or its result
   *     cannot be written as JSON. If the cause is an {@link InterruptedException}, the thread's
   *     interrupt status is set again
   */
  public String call(ToolCall call) {
    return call(call, () -> {});
  }

  /**
   * Calls a tool, as {@link #call(ToolCall)} does.
   *
   * @param beforeItRuns called after the arguments have been validated, just before the tool runs;
   *     if it throws, the tool does not run and the exception is passed to the caller
   */
  String call(ToolCall call, Runnable beforeItRuns) {
    return tool(call).call(call.arguments(), beforeItRuns);
  }

  /**
   * Validates a call without running the tool.
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

  /** Returns a string such as {@code ToolSet[get_weather, add]}. */
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

  /** Builds {@link ToolSet}. Invalid tools are rejected when they are added. */
  public static final class Builder {
    private final Map<String, BoundTool> tools = new LinkedHashMap<>();

    private Builder() {}

    /**
     * Adds all methods of an object that are annotated with {@link Tool}, including inherited and
     * static methods, in the order of their names. Pass a {@link Class} to add its static methods.
     *
     * @throws IllegalArgumentException if there is no such method, or if a method is not public,
     *     uses a type that has no schema, has a parameter without a name, or has a name that is
     *     illegal or already used
     */
    public Builder add(Object withTools) {
      AnnotatedTools.of(Check.nonNull("withTools", withTools)).forEach(this::put);
      return this;
    }

    /**
     * Adds a function that takes its arguments as a record.
     *
     * @param arguments a record, whose components are the arguments
     * @throws IllegalArgumentException if the name is illegal or already used, or the class is not
     *     a record or has a component of a type that has no schema
     */
    public <A> Builder add(
        String name, String description, Class<A> arguments, ToolFunction<? super A> function) {
      put(BoundTool.ofRecord(name, description, arguments, function));
      return this;
    }

    /**
     * Adds a function that takes its arguments as JSON: an object that conforms to the schema of
     * the declaration, in compact form.
     *
     * <p>The schema is read as draft 2020-12; {@code format} is not validated. References must
     * point into the schema itself; nothing is ever loaded. Patterns are matched in linear time, so
     * they must not use lookaround or backreferences, and may repeat at most 1,000 times.
     *
     * @throws IllegalArgumentException if the name is already used, or the parameters are not a
     *     JSON Schema of an object or have a pattern that cannot be used
     */
    public Builder add(ToolDeclaration declaration, ToolFunction<? super String> function) {
      put(BoundTool.ofSchema(declaration, function));
      return this;
    }

    /** Returns the tools added so far; may be empty. */
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
