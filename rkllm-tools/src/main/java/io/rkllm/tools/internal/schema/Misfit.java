package io.rkllm.tools.internal.schema;

/** JSON that is not what was asked for. The message says why, in words fit for the model. */
public final class Misfit extends Exception {
  private static final long serialVersionUID = 1;

  /** JSON that is wrong in this way. */
  public Misfit(String message) {
    super(Words.fit(message));
  }
}
