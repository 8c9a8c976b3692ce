package io.rkllm.examples.server.chat;

import io.rkllm.tools.parser.ParserOptions;
import java.util.UUID;

/** Creates the ids of tool calls. */
final class CallIds {
  private CallIds() {}

  /**
   * Returns options that give tool calls globally unique ids. Clients store the calls of several
   * conversations by their ids.
   */
  static ParserOptions unique(ParserOptions options) {
    String random = UUID.randomUUID().toString().replace("-", "").substring(0, 20);
    return options.toBuilder().callIdPrefix("call_" + random + "_").build();
  }
}
