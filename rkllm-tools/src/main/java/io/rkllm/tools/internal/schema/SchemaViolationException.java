package io.rkllm.tools.internal.schema;

/** JSON that is not what was asked for. The message says why, in words fit for the model. */
public final class SchemaViolationException extends Exception {
  private static final long serialVersionUID = 1;

  /** JSON that is wrong in this way. */
  public SchemaViolationException(String message) {
    super(ModelText.sanitize(message));
  }
}
