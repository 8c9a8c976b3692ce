package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.tools.format.ChatFormats;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How conversations are written for a model.
 *
 * @param chatFormat what the model is loaded with; empty for the runtime's own template
 * @param writer writes them
 */
record ConversationFormat(Optional<ChatFormat> chatFormat, PromptWriter writer) {
  private static final Map<String, Supplier<ChatFormat>> NAMED =
      Map.of(
          "chatml", ChatFormat::chatMl,
          "qwen2", ChatFormats::qwen2,
          "qwen3", ChatFormats::qwen3,
          "llama3", ChatFormats::llama3,
          "gemma", ChatFormats::gemma,
          "deepseek", ChatFormats::deepSeek,
          "phi3", ChatFormats::phi3,
          "phi4-mini", ChatFormats::phi4Mini,
          "mistral", ChatFormats::mistral);

  /** By what the Modelfile says, else by the name of the model, else the runtime's template. */
  static ConversationFormat of(StoredModel stored) {
    String template = stored.modelfile().template();
    if (template != null) {
      Supplier<ChatFormat> named = NAMED.get(template);
      if (named == null) {
        throw new IllegalArgumentException(
            "TEMPLATE must be one of " + NAMED.keySet() + ", was " + template);
      }
      return formatted(named.get(), "the chat format " + template);
    }
    String file = String.valueOf(stored.file().getFileName());
    return ChatFormats.forModel(file)
        .or(() -> ChatFormats.forModel(stored.name()))
        .map(format -> formatted(format, "the chat format of its family"))
        .orElseGet(() -> new ConversationFormat(Optional.empty(), new RuntimePrompts()));
  }

  private static ConversationFormat formatted(ChatFormat format, String description) {
    return new ConversationFormat(Optional.of(format), new FormattedPrompts(format, description));
  }
}
