package io.rkllm.tools.internal.jinja;

/** The call of a macro, for a caller yet to come. */
@FunctionalInterface
interface MacroCall {
  Object invoke(Callable caller, Rendering rendering);
}
