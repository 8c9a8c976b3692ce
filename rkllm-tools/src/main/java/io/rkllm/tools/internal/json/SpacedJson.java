package io.rkllm.tools.internal.json;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.DefaultPrettyPrinter.Indenter;
import tools.jackson.core.util.DefaultPrettyPrinter.NopIndenter;
import tools.jackson.core.util.Separators;
import tools.jackson.core.util.Separators.Spacing;
import tools.jackson.databind.ObjectWriter;

/**
 * JSON with a space after each colon and comma, as Python writes it, and so as models have seen it
 * in training. Keys stay in their order, characters beyond ASCII as they are.
 */
public final class SpacedJson {
  private static final ObjectWriter ONE_LINE = writer(NopIndenter.instance(), Spacing.AFTER);

  private SpacedJson() {}

  /** Returns a Java object as JSON on one line. */
  public static String write(@Nullable Object value) {
    return ONE_LINE.writeValueAsString(value);
  }

  /** Writes on one line. */
  public static ObjectWriter writer() {
    return ONE_LINE;
  }

  /**
   * Writes on many lines.
   *
   * @param indent how many spaces deeper each level begins
   */
  public static ObjectWriter writer(int indent) {
    return writer(new DefaultIndenter(" ".repeat(indent), "\n"), Spacing.NONE);
  }

  private static ObjectWriter writer(Indenter indenter, Spacing afterComma) {
    Separators separators =
        Separators.createDefaultInstance()
            .withObjectNameValueSpacing(Spacing.AFTER)
            .withObjectEntrySpacing(afterComma)
            .withArrayElementSpacing(afterComma)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    return Json.MAPPER
        .writer()
        .with(
            new DefaultPrettyPrinter(separators)
                .withObjectIndenter(indenter)
                .withArrayIndenter(indenter));
  }
}
