package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;

/**
 * Follows strict JSON that is not a tool call, so that tags inside its strings are not taken for
 * tags.
 */
final class PlainJson implements JsonRepairer.Target {
  private final JsonRepairer json;
  private int remaining;

  /** {@code maxLength}: behind so many characters it gives up. */
  PlainJson(int maxLength, int maxDepth) {
    json = new JsonRepairer(maxDepth, this);
    remaining = maxLength;
  }

  /** The effect of a character on the text. */
  enum Step {
    /** Part of it. */
    MORE,
    /** Its last one. */
    LAST,
    /** No part of it: what came before was not JSON. */
    NONE
  }

  Step accept(char c) {
    try {
      if (remaining-- == 0) {
        return Step.NONE;
      }
      return json.accept(c) ? Step.LAST : Step.MORE;
    } catch (MalformedJsonException found) {
      return Step.NONE;
    }
  }

  @Override
  public void write(char c) {}

  @Override
  public void repaired(Repair repair) {
    throw new MalformedJsonException("it is not strict JSON");
  }
}
