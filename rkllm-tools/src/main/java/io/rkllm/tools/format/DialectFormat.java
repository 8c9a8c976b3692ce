package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import io.rkllm.tools.parser.Dialect;

/**
 * A chat format that knows how its models write tool calls, so that a {@link
 * io.rkllm.tools.ToolSession} reads an answer while it comes by the same rules by which {@link
 * #read} keeps it. All of {@link ChatFormats} are.
 */
public interface DialectFormat extends ChatFormat {
  /** The dialect by which it reads answers. */
  Dialect dialect();
}
