package io.rkllm.tools;

import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.schema.Binding;
import io.rkllm.tools.internal.schema.JavaSchema;
import io.rkllm.tools.internal.schema.JsonSchema;
import io.rkllm.tools.internal.schema.LenientSchema;
import io.rkllm.tools.internal.schema.ModelText;
import io.rkllm.tools.internal.schema.SchemaViolationException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A tool and how to call it. */
final class BoundTool {
  private final ToolDeclaration declaration;
  private final Preparation preparation;

  private BoundTool(ToolDeclaration declaration, Preparation preparation) {
    this.declaration = declaration;
    this.preparation = preparation;
  }

  /** Validates and binds arguments, and returns a call that runs the tool with them. */
  @FunctionalInterface
  interface Preparation {
    Run prepare(ObjectNode arguments) throws SchemaViolationException;
  }

  /** Runs the tool. */
  @FunctionalInterface
  interface Run {
    @Nullable Object run() throws Throwable;
  }

  static BoundTool of(
      String name, String description, LenientSchema schema, Preparation preparation) {
    return new BoundTool(
        new ToolDeclaration(name, description, schema.schema().json()), preparation);
  }

  static <A> BoundTool ofRecord(
      String name, String description, Class<A> type, ToolFunction<? super A> function) {
    Check.nonNull("function", function);
    if (!Check.nonNull("arguments", type).isRecord()) {
      throw new IllegalArgumentException(
          "the arguments of a tool must be a record, was " + type.getName());
    }
    LenientSchema schema = new LenientSchema(JavaSchema.of(type));
    return of(
        name,
        description,
        schema,
        json -> {
          A arguments = type.cast(Check.nonNull("arguments", schema.read(json, type)));
          return () -> function.call(arguments);
        });
  }

  static BoundTool ofSchema(ToolDeclaration declaration, ToolFunction<? super String> function) {
    Check.nonNull("function", function);
    JsonSchema schema = schemaOf(Check.nonNull("declaration", declaration));
    ToolDeclaration shown =
        new ToolDeclaration(declaration.name(), declaration.description(), schema.json());
    return new BoundTool(
        shown,
        arguments -> {
          schema.check(arguments);
          return () -> function.call(arguments.toString());
        });
  }

  ToolDeclaration declaration() {
    return declaration;
  }

  /** Checks the arguments; the tool does not run. */
  void check(String arguments) {
    prepare(arguments);
  }

  String call(String arguments, Runnable beforeItRuns) {
    Run run = prepare(arguments);
    beforeItRuns.run();
    try {
      Object result = run.run();
      return ModelText.sanitize(result instanceof String text ? text : Binding.write(result));
    } catch (
        Throwable e) { // whatever user code throws is reported to the model and the application
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new ToolFailedException(declaration.name(), e);
    }
  }

  private Run prepare(String arguments) {
    try {
      return preparation.prepare(object(arguments));
    } catch (SchemaViolationException e) {
      throw new InvalidToolCallException(
          declaration.name()
              + ": "
              + e.getMessage()
              + ". Call it again with arguments that fit its schema.",
          false);
    }
  }

  private static ObjectNode object(String arguments) throws SchemaViolationException {
    JsonNode json;
    try {
      json = Json.treeOfUniqueKeys(arguments);
    } catch (IllegalArgumentException e) {
      throw new SchemaViolationException(
          "the arguments are " + ModelText.truncate(String.valueOf(e.getMessage()), 200));
    }
    if (!(json instanceof ObjectNode object)) {
      throw new SchemaViolationException(
          "the arguments must be a JSON object, were " + ModelText.describe(json));
    }
    return object;
  }

  private static JsonSchema schemaOf(ToolDeclaration declaration) {
    try {
      return JsonSchema.parse(declaration.parameters());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the parameters of the tool " + declaration.name() + ": " + e.getMessage(), e);
    }
  }
}
