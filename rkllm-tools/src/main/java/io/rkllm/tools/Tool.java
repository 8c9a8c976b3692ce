package io.rkllm.tools;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A public method that a model may call. Its parameters, which {@link Param} may describe, are the
 * tool's arguments; its return value is the result sent to the model.
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
   * Returns the name of the tool, which must consist of the characters allowed in tool names.
   * Defaults to the name of the method.
   */
  String name() default "";

  /** Returns a description for the model: the purpose of the tool and when to call it. */
  String description() default "";
}
