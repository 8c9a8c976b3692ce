package io.rkllm.tools.internal.jinja;

import io.rkllm.tools.internal.schema.ModelText;

/** A template that cannot be read or rendered; the message says where and why. */
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
