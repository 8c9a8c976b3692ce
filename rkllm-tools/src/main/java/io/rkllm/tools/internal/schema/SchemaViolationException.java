package io.rkllm.tools.internal.schema;

/** Thrown when JSON violates a schema. The message is suitable for the model. */
public final class SchemaViolationException extends Exception {
  private static final long serialVersionUID = 1;

  /** Creates an exception with this message. */
  public SchemaViolationException(String message) {
    super(ModelText.sanitize(message));
  }
}
