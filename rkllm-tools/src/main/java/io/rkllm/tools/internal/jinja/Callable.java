package io.rkllm.tools.internal.jinja;

/** A function, macro or method. */
@FunctionalInterface
interface Callable {
  Object call(Run run, Arguments arguments);
}
