package io.rkllm.tools.internal.jinja;

/** What has a value. */
@FunctionalInterface
interface Expression {
  Object value(Rendering rendering);
}
