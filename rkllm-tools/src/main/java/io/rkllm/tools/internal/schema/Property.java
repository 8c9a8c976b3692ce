package io.rkllm.tools.internal.schema;

import io.rkllm.tools.Param;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A method parameter or record component as a JSON property.
 *
 * @param name what it is called there
 * @param description what it means; may be empty
 * @param required whether it has to be there
 */
public record Property(String name, String description, boolean required) {
  private static final Set<Class<?>> OPTIONALS =
      Set.of(Optional.class, OptionalInt.class, OptionalLong.class, OptionalDouble.class);

  /** Returns the property of a method parameter. */
  public static Property of(Parameter parameter) {
    Param param = parameter.getAnnotation(Param.class);
    if ((param == null || param.name().isEmpty()) && !parameter.isNamePresent()) {
      throw new IllegalArgumentException(
          "the name of "
              + parameter
              + " in "
              + parameter.getDeclaringExecutable()
              + " is not in the class file; compile with -parameters, or name it by @Param(name ="
              + " \"…\")");
    }
    return of(
        parameter.getName(),
        parameter,
        parameter.getType(),
        parameter.getAnnotatedType(),
        parameter.getDeclaringExecutable().toString());
  }

  /** Returns the property of a record component. */
  public static Property of(RecordComponent component) {
    return of(
        component.getName(),
        component,
        component.getType(),
        component.getAnnotatedType(),
        component.getDeclaringRecord().getName());
  }

  /**
   * Returns the component of a record by its name in Java, or null if the class is not a record or
   * has no such component.
   */
  static @Nullable RecordComponent component(Class<?> type, String javaName) {
    return !type.isRecord()
        ? null
        : Arrays.stream(type.getRecordComponents())
            .filter(component -> component.getName().equals(javaName))
            .findAny()
            .orElse(null);
  }

  /** Returns whether the type itself represents an optional value. */
  static boolean isOptional(Class<?> type) {
    return OPTIONALS.contains(type);
  }

  private static Property of(
      String javaName,
      AnnotatedElement element,
      Class<?> type,
      AnnotatedType annotatedType,
      String where) {
    Param param = element.getAnnotation(Param.class);
    boolean required = param == null || param.required();
    String name = param == null || param.name().isEmpty() ? javaName : param.name();
    if (!required && type.isPrimitive()) {
      throw new IllegalArgumentException(
          "\""
              + name
              + "\" in "
              + where
              + " is not required, but "
              + type
              + " has no value for what is not given; take its class or an Optional");
    }
    return new Property(
        name,
        param == null ? "" : param.description(),
        required && !isOptional(type) && !isNullable(element, annotatedType));
  }

  /**
   * Returns whether the element is annotated {@code @Nullable}, compared by simple name, since
   * there are several such annotations and JSpecify's may be absent at run time.
   */
  private static boolean isNullable(AnnotatedElement element, AnnotatedType type) {
    return Stream.of(element, type)
        .flatMap(annotated -> Arrays.stream(annotated.getAnnotations()))
        .anyMatch(annotation -> annotation.annotationType().getSimpleName().equals("Nullable"));
  }
}
