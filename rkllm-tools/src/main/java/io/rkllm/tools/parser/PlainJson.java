package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.BrokenJson;
import io.rkllm.tools.internal.json.JsonMender;

/**
 * Follows strict JSON that is not a tool call, so that tags inside its strings are not taken for
 * tags.
 */
final class PlainJson implements JsonMender.Target {
  private final JsonMender json;
  private int room;

  /** {@code maxLength}: behind so many characters it gives up. */
  PlainJson(int maxLength, int maxDepth) {
    json = new JsonMender(maxDepth, this);
    room = maxLength;
  }

  /** What a character is to it. */
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
      if (room-- == 0) {
        return Step.NONE;
      }
      return json.accept(c) ? Step.LAST : Step.MORE;
    } catch (BrokenJson found) {
      return Step.NONE;
    }
  }

  @Override
  public void write(char c) {}

  @Override
  public void mended(Repair repair) {
    throw new BrokenJson("it is not strict JSON");
  }
}
