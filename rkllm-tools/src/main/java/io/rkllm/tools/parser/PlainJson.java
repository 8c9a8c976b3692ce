package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;

/** Follows strict JSON that is not a tool call, so that tags inside its strings are ignored. */
final class PlainJson implements JsonRepairer.Target {
  private final JsonRepairer json;
  private int remaining;

  /** {@code maxLength}: the number of characters after which it stops following. */
  PlainJson(int maxLength, int maxDepth) {
    json = new JsonRepairer(maxDepth, this);
    remaining = maxLength;
  }

  /** The effect of a character on the text. */
  enum Step {
    /** The character is part of the JSON. */
    MORE,
    /** The character ends the JSON. */
    LAST,
    /** The character is not part of it: the preceding text was not JSON. */
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
