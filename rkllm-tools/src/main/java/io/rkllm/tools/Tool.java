package io.rkllm.tools;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A public method that a model may call. Its parameters are the arguments, {@link Param} says more
 * about them; what it returns is what the model is told.
 *
 * <pre>{@code
 * @Tool(description = "The current temperature of a city, in degrees")
 * public double get_temperature(
 *     @Param(name = "city", description = "City and country") String city,
 *     @Param(name = "unit") Optional<Unit> unit) { … }
 * }</pre>
 *
 * @see ToolSet#of
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Tool {
  /**
   * What the model calls it, in the letters that a tool's name may have; else the method's name.
   */
  String name() default "";

  /** What it does and when to use it, in words for the model. */
  String description() default "";
}
