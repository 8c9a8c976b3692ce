package io.rkllm.tools.internal.jinja;

/** An expression of a template. */
@FunctionalInterface
interface Expression {
  Object value(Rendering rendering);
}
