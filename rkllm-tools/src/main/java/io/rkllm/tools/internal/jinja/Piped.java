package io.rkllm.tools.internal.jinja;

/** A filter with its arguments, for a value yet to come. */
@FunctionalInterface
interface Piped {
  Object of(Object value, Run run);
}
