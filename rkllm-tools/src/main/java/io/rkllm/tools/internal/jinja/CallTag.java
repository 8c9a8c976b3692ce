package io.rkllm.tools.internal.jinja;

/** The call of a macro, for a caller yet to come. */
@FunctionalInterface
interface CallTag {
  Object with(Callable caller, Run run);
}
