package io.rkllm.tools.internal.jinja;

import java.io.Writer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectWriter;

/** Takes JSON while it is written, so that each part of it is charged before it is kept. */
final class BudgetedWriter extends Writer {
  private final StringBuilder text = new StringBuilder();

  private BudgetedWriter() {}

  /** Returns a Java object as JSON. */
  static String write(ObjectWriter json, @Nullable Object value) {
    BudgetedWriter writer = new BudgetedWriter();
    try {
      json.writeValue(writer, value);
    } catch (JacksonException e) {
      if (e.getCause() instanceof JinjaException limit) {
        throw limit;
      }
      throw new JinjaException("a value cannot be written as JSON: " + e.getOriginalMessage());
    }
    return writer.text.toString();
  }

  @Override
  public void write(char[] characters, int from, int length) {
    Budget.built(length);
    text.append(characters, from, length);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
