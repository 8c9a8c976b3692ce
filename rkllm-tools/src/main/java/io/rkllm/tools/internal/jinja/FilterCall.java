package io.rkllm.tools.internal.jinja;

/** A filter with its arguments, for a value yet to come. */
@FunctionalInterface
interface FilterCall {
  Object apply(Object value, Rendering rendering);
}
