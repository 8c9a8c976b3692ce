package io.rkllm.tools.internal.jinja;

/** A function, macro or method. */
@FunctionalInterface
interface Callable {
  Object call(Rendering rendering, Arguments arguments);
}
