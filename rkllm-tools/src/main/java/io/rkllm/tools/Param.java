package io.rkllm.tools;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * An argument as the model is told of it: a parameter of a {@link Tool} method, or a component of a
 * record.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.RECORD_COMPONENT})
public @interface Param {
  /**
   * What the model calls it; else its name in Java, which for a parameter of a method needs the
   * compiler's option {@code -parameters}.
   */
  String name() default "";

  /** What it means, in which unit and form, in words for the model. */
  String description() default "";

  /**
   * Whether the model has to give it. It never has to where the type is {@link java.util.Optional}
   * or annotated {@code @Nullable}. What is not given, or given as null, is null in Java, or an
   * empty {@code Optional}; so it cannot be a primitive.
   */
  boolean required() default true;
}
