package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.tools.format.ChatFormats;
import java.util.List;
import java.util.Optional;

/**
 * The abilities of a model in conversations, which are determined by its chat format.
 *
 * @param tools whether the model supports tools
 * @param thinking whether the model thinks before it answers, or can be made to
 */
public record ModelAbilities(boolean tools, boolean thinking) {
  private static final ToolDeclaration TOOL =
      new ToolDeclaration("probe_of_tools", "A tool.", "{\"type\":\"object\",\"properties\":{}}");

  /**
   * Returns the abilities of a model; empty if they are determined by the runtime's own template.
   */
  public static Optional<ModelAbilities> of(StoredModel model) {
    return ConversationFormat.chatFormat(model).map(ModelAbilities::of);
  }

  private static ModelAbilities of(ChatFormat format) {
    Conversation question = Conversation.of(List.of(new ChatMessage.User("?")));
    return new ModelAbilities(
        rendersTools(format, question.withTools(List.of(TOOL))), ChatFormats.thinks(format));
  }

  private static boolean rendersTools(ChatFormat format, Conversation conversation) {
    try {
      return format.render(conversation).contains(TOOL.name());
    } catch (IllegalArgumentException e) { // a family without tools
      return false;
    }
  }
}
