package io.rkllm.tools;

import io.rkllm.RkllmException;
import java.util.ArrayList;
import java.util.List;

/**
 * Thrown when a model's answer violates the schema, even after the allowed corrections, or calls no
 * tool although it must.
 */
public final class StructuredOutputException extends RkllmException {
  private static final long serialVersionUID = 1;

  private final ArrayList<String> answers;
  private final String reason;

  StructuredOutputException(String message, String reason, List<String> answers) {
    super(message, "structured output", NO_CODE, null);
    this.reason = reason;
    this.answers = new ArrayList<>(answers);
  }

  /**
   * Returns all answers of the model, unchanged and including thinking: the first answer and then
   * the corrections.
   */
  public List<String> answers() {
    return List.copyOf(answers);
  }

  /** Returns the reason why the last answer was rejected, as an error message for the model. */
  public String reason() {
    return reason;
  }
}
