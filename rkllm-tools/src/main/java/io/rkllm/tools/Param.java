package io.rkllm.tools;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes an argument to the model: a parameter of a {@link Tool} method, or a component of a
 * record.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.RECORD_COMPONENT})
public @interface Param {
  /**
   * Returns the name of the argument in the schema. Defaults to its name in Java, which for a
   * method parameter requires the compiler option {@code -parameters}.
   */
  String name() default "";

  /** Returns a description for the model: the meaning, the unit, and the format. */
  String description() default "";

  /**
   * Returns whether the argument is required. An argument is always optional if its type is {@link
   * java.util.Optional} or is annotated {@code @Nullable}. An argument that is absent or null is
   * passed as null, or as an empty {@code Optional}; an optional argument therefore cannot be a
   * primitive.
   */
  boolean required() default true;
}
