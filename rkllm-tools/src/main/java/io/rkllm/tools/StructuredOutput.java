package io.rkllm.tools;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.TextPrompt;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.answer.Answers;
import io.rkllm.tools.internal.schema.ModelText;
import io.rkllm.tools.internal.schema.SchemaViolationException;
import io.rkllm.tools.parser.ThinkingTags;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Converts the answers of a model to Java objects.
 *
 * <pre>{@code
 * record Weather(String city, @Param(description = "in °C") double temperature) {}
 *
 * Weather weather = StructuredOutput.of(model).generate("It is 21.5 °C in Rome.", Weather.class);
 * }</pre>
 *
 * <p>The model is shown the JSON Schema of the class. Its answer may be surrounded by thinking,
 * prose, and fences: of the outermost JSON objects after the thinking, the last one that conforms
 * to the schema is used. If there is none, the model receives its answer and an error message, and
 * answers once more.
 *
 * <p>Supported are the classes that the arguments of a {@link ToolSet} may have: mostly records,
 * but also enums, numbers, dates, and arrays, which the model writes as {@code {"value": …}}. A
 * list type has no class literal; use an array, or a record that contains a list.
 *
 * <p>Answers are independent of each other, so under the runtime's own template no session may be
 * open. Immutable and thread-safe.
 */
public final class StructuredOutput {
  private final RkllmModel model;
  private final GenerationOptions options;
  private final @Nullable String systemPrompt;
  private final boolean thinking;
  private final int maxRetries;

  private StructuredOutput(Builder from) {
    model = from.model;
    options = from.options;
    systemPrompt = from.systemPrompt;
    thinking = from.thinking;
    maxRetries = from.maxRetries;
  }

  /** Returns an instance with the defaults of the {@linkplain Builder builder}. */
  public static StructuredOutput of(RkllmModel model) {
    return builder(model).build();
  }

  /** Returns a builder. */
  public static Builder builder(RkllmModel model) {
    return new Builder(Check.nonNull("model", model));
  }

  /**
   * Returns the answer to a prompt as an object, blocking until the model has answered. A thread
   * that is interrupted while waiting no longer counts as a reader of the answer.
   *
   * @param prompt the task; the JSON Schema is added to it
   * @throws IllegalArgumentException if the prompt is empty or cannot be passed to the runtime, or
   *     the class has no schema
   * @throws StructuredOutputException if no answer conforms to the schema
   * @throws io.rkllm.InferenceException if a generation failed
   * @throws IllegalStateException as {@link RkllmModel#generate(String)}
   */
  public <T> T generate(String prompt, Class<T> type) {
    Check.nonEmptyText("prompt", prompt);
    AnswerType<T> wanted = AnswerType.of(Check.nonNull("type", type));
    String request = prompt + "\n\n" + AnswerSchema.request(wanted.schema());
    List<String> answers = new ArrayList<>();
    Answer answer = ask(request);
    while (true) {
      answers.add(answer.result.text());
      try {
        return wanted.read(answer.text(), thinking);
      } catch (SchemaViolationException e) {
        FinishReason finish = answer.result.finishReason();
        if (finish == FinishReason.MODEL_CLOSED) {
          throw new ModelClosedException(
              "the model was closed before the answer was complete", answer.result.text());
        }
        if (answers.size() > maxRetries || finish == FinishReason.CANCELLED) {
          throw failure(type, e.getMessage(), finish, answers);
        }
        answer = askAgain(request, answer.text(), String.valueOf(e.getMessage()));
      }
    }
  }

  /** An answer of the model, and the tag of thinking that ended its prompt; empty if none did. */
  private record Answer(GenerationResult result, String thinkingTag) {
    /** Returns the answer after the tag that ended the prompt, which shows where thinking ends. */
    String text() {
      return thinkingTag + result.text();
    }
  }

  private Answer ask(String request) {
    return hasFormat() ? answer(question(request)) : prompt(request);
  }

  /** Returns a prompt that contains only the last of the answers, since the context is small. */
  private Answer askAgain(String request, String answer, String reason) {
    String shown = AnswerSchema.excerpt(answer, thinking);
    String correction = AnswerSchema.correction(reason);
    return hasFormat()
        ? answer(AnswerSchema.correcting(question(request), shown, correction))
        : prompt(request + "\n\nYour answer was:\n" + shown + "\n\n" + correction);
  }

  /** Returns an answer under the runtime's template, whose ending is unknown. */
  private Answer prompt(String text) {
    Generation generation = model.generate(TextPrompt.of(text).withThinking(thinking), options);
    return new Answer(generation.await(), "");
  }

  private Conversation question(String request) {
    ChatMessage question = new ChatMessage.User(request);
    return Conversation.of(
            systemPrompt == null
                ? List.of(question)
                : List.of(new ChatMessage.SystemPrompt(systemPrompt), question))
        .withThinking(thinking);
  }

  private Answer answer(Conversation conversation) {
    String prompt = model.chatFormat().orElseThrow().render(conversation);
    return new Answer(
        model.generate(conversation, options).await(),
        Answers.openedThinking(prompt).map(ThinkingTags::opener).orElse(""));
  }

  private boolean hasFormat() {
    return model.chatFormat().isPresent();
  }

  private static StructuredOutputException failure(
      Class<?> type, @Nullable String reason, FinishReason finish, List<String> answers) {
    String advice =
        switch (finish) {
          case LENGTH -> "The answer was cut off at the token limit: raise maxNewTokens";
          case CANCELLED -> "The answer was canceled";
          default -> "Say more in the prompt or by @Param, or ask for less at once";
        };
    return new StructuredOutputException(
        "no answer fits "
            + type.getName()
            + " after "
            + answers.size()
            + (answers.size() == 1 ? " attempt: " : " attempts: ")
            + reason
            + ". "
            + advice
            + ". The last answer was: "
            + ModelText.truncate(answers.getLast(), 300),
        String.valueOf(reason),
        answers);
  }

  /** Builds {@link StructuredOutput}. */
  public static final class Builder {
    private final RkllmModel model;
    private GenerationOptions options = GenerationOptions.defaults();
    private @Nullable String systemPrompt;
    private boolean thinking;
    private int maxRetries = 1;

    private Builder(RkllmModel model) {
      this.model = model;
    }

    /** Sets the options for generating each answer. A timeout applies to each answer separately. */
    public Builder options(GenerationOptions options) {
      this.options = Check.nonNull("options", options);
      return this;
    }

    /**
     * Sets the system prompt.
     *
     * @throws IllegalArgumentException if the model was loaded without a chat format, in which case
     *     the system prompt is set when the model is loaded
     */
    public Builder systemPrompt(String systemPrompt) {
      Check.nonEmptyText("systemPrompt", systemPrompt);
      if (model.chatFormat().isEmpty()) {
        throw new IllegalArgumentException(
            "a system prompt needs a model that was loaded with a chat format; without, write it"
                + " into the prompt");
      }
      this.systemPrompt = systemPrompt;
      return this;
    }

    /** Sets whether the model thinks before it answers. Defaults to false. */
    public Builder thinking(boolean thinking) {
      this.thinking = thinking;
      return this;
    }

    /** Sets how many times the model may correct its answer, in [0, 10]. Defaults to 1. */
    public Builder maxRetries(int maxRetries) {
      this.maxRetries = Check.inRange("maxRetries", maxRetries, 0, 10);
      return this;
    }

    /** Returns an instance with these settings. */
    public StructuredOutput build() {
      return new StructuredOutput(this);
    }
  }
}
