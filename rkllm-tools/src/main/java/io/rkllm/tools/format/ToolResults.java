package io.rkllm.tools.format;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Sorts tool results: in most families, only the order relates a result to its call. */
final class ToolResults {
  private ToolResults() {}

  /** Returns the conversation with the results after each answer in the order of its calls. */
  static Conversation inOrderOfCalls(Conversation conversation) {
    List<ChatMessage> ordered = new ArrayList<>();
    List<ChatMessage.ToolResult> results = new ArrayList<>();
    List<String> ids = List.of();
    for (ChatMessage message : conversation.messages()) {
      if (message instanceof ChatMessage.ToolResult result) {
        results.add(result);
        continue;
      }
      addSorted(ordered, results, ids);
      if (message instanceof ChatMessage.Assistant answer) {
        ids = answer.toolCalls().stream().map(ToolCall::id).toList();
      }
      ordered.add(message);
    }
    addSorted(ordered, results, ids);
    return conversation.withMessages(ordered);
  }

  private static void addSorted(
      List<ChatMessage> ordered, List<ChatMessage.ToolResult> results, List<String> ids) {
    results.sort(Comparator.comparingInt(result -> position(ids, result.callId())));
    ordered.addAll(results);
    results.clear();
  }

  /** Returns the position of the call that has this id; results without a call are sorted last. */
  private static int position(List<String> ids, String id) {
    int index = ids.indexOf(id);
    return index < 0 ? ids.size() : index;
  }
}
