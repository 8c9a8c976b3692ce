package io.rkllm.tools.internal;

import io.rkllm.chat.ChatFormat;
import io.rkllm.tools.parser.Dialect;

/** A chat format that knows how its models write tool calls. */
public interface DialectFormat extends ChatFormat {
  /** The dialect by which it reads answers. */
  Dialect dialect();
}
