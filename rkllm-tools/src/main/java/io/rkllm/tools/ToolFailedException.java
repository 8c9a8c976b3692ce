package io.rkllm.tools;

import io.rkllm.stream.Thrown;

/** A tool threw; the cause is what it threw. */
public final class ToolFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ToolFailedException(String tool, Throwable cause) {
    super("the tool " + tool + " failed: " + Thrown.describe(cause), cause);
  }
}
