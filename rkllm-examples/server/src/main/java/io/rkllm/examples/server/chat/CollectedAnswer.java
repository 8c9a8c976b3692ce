package io.rkllm.examples.server.chat;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;

/** A complete answer, collected from its events. Used by one thread. */
public final class CollectedAnswer {
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder textWithCalls = new StringBuilder();
  private final StringBuilder thinking = new StringBuilder();
  private final List<ToolCall> toolCalls = new ArrayList<>();
  private boolean complete;

  /** Adds the next event. */
  public void add(ChatEvent event) {
    raw.append(event.raw());
    switch (event) {
      case ChatEvent.TextDelta delta -> textWithCalls.append(delta.text());
      case ChatEvent.ThinkingDelta _ -> {}
      default -> textWithCalls.append(event.raw());
    }
    switch (event) {
      case ChatEvent.TextDelta delta -> text.append(delta.text());
      case ChatEvent.ThinkingDelta delta -> thinking.append(delta.text());
      case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _ -> {}
      case ChatEvent.ToolCallCompleted completed -> toolCalls.add(completed.call());
      case ChatEvent.MalformedToolCall malformed -> text.append(malformed.text());
      case ChatEvent.Finished _ -> complete = true;
    }
  }

  /** Returns whether the last event was added. */
  public boolean isComplete() {
    return complete;
  }

  /** Returns the text, without thinking and tool calls. */
  public String text() {
    return text.toString();
  }

  /** Returns the whole answer as the model wrote it, including tags. */
  public String raw() {
    return raw.toString();
  }

  /** Returns the text with the tool calls as the model wrote them. */
  public String textWithCalls() {
    return textWithCalls.toString();
  }

  /** Returns the thinking; empty if there was none. */
  public String thinking() {
    return thinking.toString();
  }

  /** Returns the tool calls. */
  public List<ToolCall> toolCalls() {
    return List.copyOf(toolCalls);
  }
}
