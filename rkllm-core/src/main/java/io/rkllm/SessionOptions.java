package io.rkllm;

import io.rkllm.chat.ChatMessage;
import io.rkllm.internal.check.Check;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Options of a session. Immutable. */
public final class SessionOptions {
  private static final SessionOptions DEFAULTS = builder().build();

  private final @Nullable String systemPrompt;
  private final CancelledTurns cancelledTurns;
  private final List<ChatMessage> history;

  private SessionOptions(Builder from) {
    history = from.history;
    systemPrompt = from.systemPrompt;
    cancelledTurns = from.cancelledTurns;
  }

  /**
   * The treatment of a turn that is cancelled while it runs. A turn that is cancelled before it
   * starts never leaves a trace.
   */
  public enum CancelledTurns {
    /** Keeps the question, and the answer generated so far, in the history. */
    KEEP,
    /**
     * Restores the history as it was before the turn. Requires a model that was loaded with a chat
     * format.
     */
    ROLL_BACK
  }

  /** Returns options with no system prompt and no history, which keep cancelled turns. */
  public static SessionOptions defaults() {
    return DEFAULTS;
  }

  /** Returns a builder with no system prompt and no history, which keeps cancelled turns. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder with these options. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.systemPrompt = systemPrompt;
    copy.cancelledTurns = cancelledTurns;
    copy.history = history;
    return copy;
  }

  /** Returns the system prompt, or null. */
  public @Nullable String systemPrompt() {
    return systemPrompt;
  }

  /** Returns how turns that are cancelled while they run are treated. */
  public CancelledTurns cancelledTurns() {
    return cancelledTurns;
  }

  /** Returns the messages that precede the session, oldest first, without the system prompt. */
  public List<ChatMessage> history() {
    return history;
  }

  /** Returns whether the other object has the same options and values. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SessionOptions that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  private List<@Nullable Object> values() {
    return Arrays.asList(systemPrompt, cancelledTurns, history);
  }

  /**
   * Returns a string such as {@code SessionOptions[systemPrompt=Be brief., cancelledTurns=KEEP,
   * history=[]]}.
   */
  @Override
  public String toString() {
    return "SessionOptions[systemPrompt="
        + systemPrompt
        + ", cancelledTurns="
        + cancelledTurns
        + ", history="
        + history
        + "]";
  }

  /** Builder of {@link SessionOptions}. */
  public static final class Builder {
    private @Nullable String systemPrompt;
    private CancelledTurns cancelledTurns = CancelledTurns.KEEP;
    private List<ChatMessage> history = List.of();

    private Builder() {}

    /**
     * Sets the system prompt. Requires a model that was loaded with a chat format; with the
     * runtime's own template, a session cannot have its own system prompt.
     */
    public Builder systemPrompt(String systemPrompt) {
      this.systemPrompt = Check.nonEmptyText("systemPrompt", systemPrompt);
      return this;
    }

    /**
     * Sets how turns that are cancelled while they run are treated; {@link CancelledTurns#KEEP} by
     * default.
     */
    public Builder cancelledTurns(CancelledTurns cancelledTurns) {
      this.cancelledTurns = Check.nonNull("cancelledTurns", cancelledTurns);
      return this;
    }

    /**
     * Sets the messages that precede the session, oldest first; the list is copied. Requires a
     * model that was loaded with a chat format.
     */
    public Builder history(List<ChatMessage> messages) {
      this.history = Check.copy("messages", messages);
      return this;
    }

    /** Returns the options that have been set. */
    public SessionOptions build() {
      return new SessionOptions(this);
    }
  }
}
