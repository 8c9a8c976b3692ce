package io.rkllm.tools.internal.jinja;

import io.rkllm.tools.internal.schema.ModelText;

/**
 * Thrown when a template cannot be parsed or rendered; the message contains the position and the
 * reason.
 */
public final class JinjaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final int MAX_MESSAGE = 1000; // values in it may be as long as a conversation

  JinjaException(String message) {
    super(ModelText.truncate(message, MAX_MESSAGE));
  }

  JinjaException(int line, String message) {
    this("line " + line + ": " + message);
  }
}
