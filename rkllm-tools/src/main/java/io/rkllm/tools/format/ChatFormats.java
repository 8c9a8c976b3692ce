package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;

/** Chat formats of the model families. */
public final class ChatFormats {
  private ChatFormats() {}

  /** ChatML with tools and thinking, as Qwen 2.5 and Qwen 3 have it. */
  public static ChatFormat qwen() {
    return ChatFormat.chatMl();
  }
}
