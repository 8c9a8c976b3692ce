package io.rkllm.tools.internal.jinja;

/** A part of a template that writes something or changes a variable. */
@FunctionalInterface
interface Statement {
  /** The control flow after a statement. */
  enum Flow {
    NEXT,
    CONTINUE,
    BREAK
  }

  Flow run(Rendering rendering);
}
