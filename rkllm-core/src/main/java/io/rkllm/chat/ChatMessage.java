package io.rkllm.chat;

import io.rkllm.input.Role;
import io.rkllm.internal.check.Check;
import java.util.List;

/**
 * A message of a conversation. Constructors throw {@link IllegalArgumentException} if a text
 * contains a NUL character or an unpaired surrogate, which cannot be passed to the runtime.
 * Immutable.
 */
public sealed interface ChatMessage {

  /** Returns the role of the author. */
  Role role();

  /** Returns the text, possibly empty. */
  String text();

  /**
   * Instructions that precede the conversation.
   *
   * @param text the system prompt
   */
  record SystemPrompt(String text) implements ChatMessage {
    /** Creates a system prompt. */
    public SystemPrompt {
      Check.text("message", text);
    }

    @Override
    public Role role() {
      return Role.SYSTEM;
    }
  }

  /**
   * A message of the user.
   *
   * @param text the message
   */
  record User(String text) implements ChatMessage {
    /** Creates a message of the user. */
    public User {
      Check.text("message", text);
    }

    @Override
    public Role role() {
      return Role.USER;
    }
  }

  /**
   * A message of the model.
   *
   * @param text the answer, without thinking and tool calls
   * @param thinking the thinking that preceded the answer, without tags; possibly empty
   * @param toolCalls the tool calls, in order; possibly empty
   */
  record Assistant(String text, String thinking, List<ToolCall> toolCalls) implements ChatMessage {
    /** Creates a message of the model, copying the list of tool calls. */
    public Assistant {
      Check.text("message", text);
      Check.text("thinking", thinking);
      toolCalls = Check.copy("toolCalls", toolCalls);
    }

    /** Creates a message of the model without thinking and tool calls. */
    public Assistant(String text) {
      this(text, "", List.of());
    }

    @Override
    public Role role() {
      return Role.ASSISTANT;
    }
  }

  /**
   * The result of a tool call.
   *
   * @param callId the {@link ToolCall#id} of the call
   * @param name the name of the tool
   * @param text the result, as JSON or plain text
   */
  record ToolResult(String callId, String name, String text) implements ChatMessage {
    /** Creates the result of a tool call. */
    public ToolResult {
      Check.text("callId", callId);
      Check.text("name", name);
      Check.text("message", text);
    }

    @Override
    public Role role() {
      return Role.TOOL;
    }
  }
}
