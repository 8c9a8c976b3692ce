package io.rkllm.tools;

import io.rkllm.tools.internal.schema.Binding;
import io.rkllm.tools.internal.schema.JavaSchema;
import io.rkllm.tools.internal.schema.LenientSchema;
import io.rkllm.tools.internal.schema.ModuleAccess;
import io.rkllm.tools.internal.schema.Property;
import io.rkllm.tools.internal.schema.SchemaViolationException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/** The tools that are methods with {@link Tool}. */
final class AnnotatedTools {
  private static final String DONE = "done";

  private AnnotatedTools() {}

  static List<BoundTool> of(Object owner) {
    Class<?> type = owner instanceof Class<?> statics ? statics : owner.getClass();
    List<Method> methods = annotated(type);
    if (methods.isEmpty()) {
      throw new IllegalArgumentException(
          type.getName() + " has no method with @Tool; put it on those that the model may call");
    }
    return methods.stream().map(method -> tool(owner, method)).toList();
  }

  /** Returns the annotated methods, in an order that is the same in each start of the JVM. */
  private static List<Method> annotated(Class<?> type) {
    return Stream.concat(Arrays.stream(type.getMethods()), hidden(type))
        .filter(method -> method.isAnnotationPresent(Tool.class) && !method.isBridge())
        .sorted(Comparator.comparing(Method::getName).thenComparing(Method::toString))
        .toList();
  }

  private static Stream<Method> hidden(Class<?> type) {
    return Stream.<Class<?>>iterate(type, c -> c != null, Class::getSuperclass)
        .flatMap(c -> Arrays.stream(c.getDeclaredMethods()))
        .filter(method -> !Modifier.isPublic(method.getModifiers()));
  }

  private static BoundTool tool(Object owner, Method method) {
    try {
      ModuleAccess.makeAccessible(checkModifiers(owner, method));
      return bound(owner, method);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "@Tool on "
              + method.getDeclaringClass().getName()
              + "."
              + method.getName()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private static Method checkModifiers(Object owner, Method method) {
    if (!Modifier.isPublic(method.getModifiers())) {
      throw new IllegalArgumentException("a tool must be public");
    }
    if (owner instanceof Class<?> && !Modifier.isStatic(method.getModifiers())) {
      throw new IllegalArgumentException("it is not static; give an object instead of the class");
    }
    return method;
  }

  private static BoundTool bound(Object owner, Method method) {
    Tool tool = method.getAnnotation(Tool.class);
    List<Argument> arguments = Arrays.stream(method.getParameters()).map(Argument::of).toList();
    ObjectNode properties = JavaSchema.emptyObject();
    arguments.forEach(argument -> JavaSchema.add(properties, argument.property, argument.type));
    LenientSchema schema = new LenientSchema(JavaSchema.close(properties));
    return BoundTool.of(
        tool.name().isEmpty() ? method.getName() : tool.name(),
        tool.description(),
        schema,
        json -> {
          @Nullable Object[] values = bind(schema.check(json), arguments);
          return () -> invoke(owner, method, values);
        });
  }

  private static @Nullable Object[] bind(JsonNode json, List<Argument> arguments)
      throws SchemaViolationException {
    @Nullable Object[] values = new @Nullable Object[arguments.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = arguments.get(i).bind(json);
    }
    return values;
  }

  private static @Nullable Object invoke(Object owner, Method method, @Nullable Object[] values)
      throws Throwable {
    try {
      Object result = method.invoke(owner, values);
      return method.getReturnType() == void.class ? DONE : result;
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  private record Argument(Property property, Type type) {
    static Argument of(Parameter parameter) {
      return new Argument(Property.of(parameter), parameter.getParameterizedType());
    }

    /**
     * Binds this argument. Jackson reads an absent argument as null, or as an empty {@code
     * Optional} where the type allows it.
     */
    @Nullable Object bind(JsonNode arguments) throws SchemaViolationException {
      JsonNode value = arguments.path(property.name());
      return Binding.bind(
          value instanceof MissingNode ? NullNode.getInstance() : value, type, property.name());
    }
  }
}
