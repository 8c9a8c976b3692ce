package io.rkllm.examples.server.message;

import io.rkllm.examples.server.http.RequestObject;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads whether a model should think: a boolean, or a level for models that support several. Every
 * level except none means true here.
 */
public final class ThinkingLevel {
  private static final Set<String> NONE = Set.of("none", "minimal", "off", "false", "disabled");

  private ThinkingLevel() {}

  /**
   * Returns the value of a member; null if it is absent or empty.
   *
   * @throws io.rkllm.examples.server.http.RequestException if it is neither a boolean nor a string
   */
  public static @Nullable Boolean read(RequestObject body, String member) {
    JsonNode level = body.value(member);
    if (level == null || !level.isString()) {
      return body.flag(member);
    }
    String degree = level.stringValue().strip().toLowerCase(Locale.ROOT);
    return degree.isEmpty() ? null : !NONE.contains(degree);
  }
}
