package io.rkllm;

import io.rkllm.chat.ChatMessage;
import io.rkllm.internal.check.Check;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a conversation is kept. Immutable. */
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
   * What becomes of a turn that was cancelled while it ran. A turn that never began leaves no trace
   * in any case.
   */
  public enum CancelledTurns {
    /** Question and answer stay in the history, the answer as far as it got. */
    KEEP,
    /**
     * The history is as if the turn had not been. Needs a model that was loaded with a chat format.
     */
    ROLL_BACK
  }

  /** No system prompt; cancelled turns are kept. */
  public static SessionOptions defaults() {
    return DEFAULTS;
  }

  /** No system prompt; cancelled turns are kept. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from these options. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.systemPrompt = systemPrompt;
    copy.cancelledTurns = cancelledTurns;
    copy.history = history;
    return copy;
  }

  /** What the model is told before the conversation, or null. */
  public @Nullable String systemPrompt() {
    return systemPrompt;
  }

  /** What becomes of a turn that was cancelled while it ran. */
  public CancelledTurns cancelledTurns() {
    return cancelledTurns;
  }

  /** What was said before the session, oldest first; without the system prompt. */
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

  /** Such as {@code SessionOptions[systemPrompt=Be brief., cancelledTurns=KEEP, history=[]]}. */
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

  /** Builds {@link SessionOptions}. */
  public static final class Builder {
    private @Nullable String systemPrompt;
    private CancelledTurns cancelledTurns = CancelledTurns.KEEP;
    private List<ChatMessage> history = List.of();

    private Builder() {}

    /**
     * What the model is told before the conversation. Needs a model that was loaded with a chat
     * format; under the runtime's own template a session has none of its own.
     */
    public Builder systemPrompt(String systemPrompt) {
      this.systemPrompt = Check.nonEmptyText("systemPrompt", systemPrompt);
      return this;
    }

    /**
     * What becomes of a turn that was cancelled while it ran; {@link CancelledTurns#KEEP} by
     * default.
     */
    public Builder cancelledTurns(CancelledTurns cancelledTurns) {
      this.cancelledTurns = Check.nonNull("cancelledTurns", cancelledTurns);
      return this;
    }

    /**
     * What was said before the session, oldest first; copied. Needs a model that was loaded with a
     * chat format.
     */
    public Builder history(List<ChatMessage> messages) {
      this.history = Check.copy("messages", messages);
      return this;
    }

    /** The options as set so far. */
    public SessionOptions build() {
      return new SessionOptions(this);
    }
  }
}
