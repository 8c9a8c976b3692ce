package io.rkllm.tools.parser;

import io.rkllm.tools.internal.Check;

/**
 * The tags around a model's thinking.
 *
 * @param opener the opening tag, such as {@code <think>}
 * @param closer the closing tag, such as {@code </think>}
 * @since 0.1.0
 */
public record ThinkingTags(String opener, String closer) {
  /** {@code <think>} and {@code </think>}, which most families use. */
  public static final ThinkingTags THINK = new ThinkingTags("<think>", "</think>");

  /**
   * Checks the tags.
   *
   * @throws IllegalArgumentException if one is empty
   */
  public ThinkingTags {
    Check.nonEmptyText("opener", opener);
    Check.nonEmptyText("closer", closer);
  }
}
