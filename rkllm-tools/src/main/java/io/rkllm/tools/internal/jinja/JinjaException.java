package io.rkllm.tools.internal.jinja;

/** A template that cannot be read or rendered; the message says where and why. */
public final class JinjaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  JinjaException(String message) {
    super(message);
  }

  JinjaException(int line, String message) {
    super("line " + line + ": " + message);
  }
}
