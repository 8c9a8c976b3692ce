package io.rkllm.chat;

import io.rkllm.input.Role;
import io.rkllm.internal.check.Check;
import java.util.List;

/**
 * One message of a conversation. Texts have no NUL characters and no lone surrogates, since the
 * runtime could not be given them: constructors throw {@link IllegalArgumentException}. Immutable.
 */
public sealed interface ChatMessage {

  /** Who says it. */
  Role role();

  /** What is said; may be empty. */
  String text();

  /**
   * Instructions that stand before the conversation.
   *
   * @param text the system prompt
   */
  record SystemPrompt(String text) implements ChatMessage {
    /** Checks the text. */
    public SystemPrompt {
      Check.text("message", text);
    }

    @Override
    public Role role() {
      return Role.SYSTEM;
    }
  }

  /**
   * What the user says.
   *
   * @param text the message
   */
  record User(String text) implements ChatMessage {
    /** Checks the text. */
    public User {
      Check.text("message", text);
    }

    @Override
    public Role role() {
      return Role.USER;
    }
  }

  /**
   * What the model says.
   *
   * @param text the answer, without thinking and tool calls
   * @param thinking what it thought before, without tags; empty if nothing
   * @param toolCalls the tools it calls, in their order; may be empty
   */
  record Assistant(String text, String thinking, List<ToolCall> toolCalls) implements ChatMessage {
    /** Checks the texts and copies the calls. */
    public Assistant {
      Check.text("message", text);
      Check.text("thinking", thinking);
      toolCalls = Check.copy("toolCalls", toolCalls);
    }

    /** An answer in words alone. */
    public Assistant(String text) {
      this(text, "", List.of());
    }

    @Override
    public Role role() {
      return Role.ASSISTANT;
    }
  }

  /**
   * What a tool gave back.
   *
   * @param callId the {@link ToolCall#id} that it answers
   * @param name the name of the tool
   * @param text the result, as JSON or plain text
   */
  record ToolResult(String callId, String name, String text) implements ChatMessage {
    /** Checks the texts. */
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
