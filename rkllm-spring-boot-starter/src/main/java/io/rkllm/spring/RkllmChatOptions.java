package io.rkllm.spring;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/**
 * Options of one answer of {@link RkllmChatModel}: those of Spring AI, including tools and the JSON
 * Schema of the answer, as well as thinking and a timeout. Immutable.
 *
 * <p>Other implementations of {@link ChatOptions} are accepted as well.
 */
public final class RkllmChatOptions extends DefaultToolCallingChatOptions
    implements StructuredOutputChatOptions {
  private final @Nullable Boolean thinking;
  private final @Nullable Duration timeout;
  private final @Nullable String outputSchema;

  private RkllmChatOptions(ToolCallingChatOptions general, Builder from) {
    super(
        general.getToolCallbacks(),
        general.getToolContext(),
        general.getModel(),
        general.getFrequencyPenalty(),
        general.getMaxTokens(),
        general.getPresencePenalty(),
        general.getStopSequences(),
        general.getTemperature(),
        general.getTopK(),
        general.getTopP());
    thinking = from.thinking;
    timeout = from.timeout;
    outputSchema = from.outputSchema;
  }

  /** Returns a builder with no options set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns whether the model thinks before it answers, or null if this is not set. */
  public @Nullable Boolean getThinking() {
    return thinking;
  }

  /** Returns the longest time that one answer may take, or null if there is no limit. */
  public @Nullable Duration getTimeout() {
    return timeout;
  }

  /** Returns the JSON Schema of the answer, or null if it is plain text. */
  @Override
  public @Nullable String getOutputSchema() {
    return outputSchema;
  }

  /** Returns a builder with these options. */
  @Override
  public Builder mutate() {
    return builder()
        .combineWith(super.mutate())
        .thinking(thinking)
        .timeout(timeout)
        .outputSchema(outputSchema);
  }

  /** Returns whether the other object has the same options and values. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RkllmChatOptions that
        && super.equals(that)
        && Objects.equals(thinking, that.thinking)
        && Objects.equals(timeout, that.timeout)
        && Objects.equals(outputSchema, that.outputSchema);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), thinking, timeout, outputSchema);
  }

  /** Builder of {@link RkllmChatOptions}. */
  public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder>
      implements StructuredOutputChatOptions.Builder<Builder> {
    private @Nullable Boolean thinking;
    private @Nullable Duration timeout;
    private @Nullable String outputSchema;

    private Builder() {}

    /**
     * Sets whether the model thinks before it answers, if it is able to. By default it does not.
     */
    public Builder thinking(@Nullable Boolean thinking) {
      this.thinking = thinking;
      return this;
    }

    /**
     * Sets the longest time that one answer may take, including the time in the model's queue. By
     * default there is no limit.
     */
    public Builder timeout(@Nullable Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /**
     * Sets the JSON Schema of the answer, with {@code "type": "object"} at its root. The answer is
     * then checked, and requested once more if it does not conform.
     */
    @Override
    public Builder outputSchema(@Nullable String outputSchema) {
      this.outputSchema = outputSchema;
      return this;
    }

    @Override
    public Builder combineWith(ChatOptions.Builder<?> other) {
      super.combineWith(other);
      if (other instanceof Builder that) {
        thinking = that.thinking != null ? that.thinking : thinking;
        timeout = that.timeout != null ? that.timeout : timeout;
        outputSchema = that.outputSchema != null ? that.outputSchema : outputSchema;
      }
      return this;
    }

    /** Returns the options that have been set. */
    @Override
    public RkllmChatOptions build() {
      return new RkllmChatOptions(super.build(), this);
    }
  }
}
