package io.rkllm.tools;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.format.AnswerPrompt;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.answer.AnswerCollector;
import io.rkllm.tools.parser.ChatParser;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a chat: the model answers a conversation with text, with JSON, or by calling tools.
 *
 * {@snippet :
 * ChatTurn turn = ChatTurn.builder(model, conversation).onEvent(event -> show(event)).build();
 * ChatAnswer answer = turn.run();
 * }
 *
 * <p>A turn is for applications that keep the conversation and run the tools themselves, such as
 * adapters of frameworks; {@link ToolSession} does both. It is run once, by one thread. Any thread
 * may cancel it.
 */
public final class ChatTurn {
  private final RkllmModel model;
  private final ChatFormat format;
  private final Conversation conversation;
  private final GenerationOptions options;
  private final @Nullable AnswerSchema schema;
  private final boolean toolRequired;
  private final Consumer<? super ChatEvent> listener;
  private final List<ChatEvent> held = new ArrayList<>();

  private volatile boolean cancelled;
  private volatile @Nullable Generation running;

  private ChatTurn(Builder from, ChatFormat format) {
    this.format = format;
    model = from.model;
    conversation = from.conversation;
    options = from.options;
    schema = from.toolRequired ? null : from.schema;
    toolRequired = from.toolRequired;
    listener = from.listener;
  }

  /** Returns a builder of a turn that answers a conversation. */
  public static Builder builder(RkllmModel model, Conversation conversation) {
    return new Builder(Check.nonNull("model", model), Check.nonNull("conversation", conversation));
  }

  /**
   * Stops the generation. The turn then ends soon, with what has been generated. Returns
   * immediately.
   */
  public void cancel() {
    cancelled = true;
    Generation current = running;
    if (current != null) {
      current.cancel();
    }
  }

  /**
   * Generates the answer and returns it. Blocks until it is complete.
   *
   * @throws IllegalArgumentException if the chat format cannot render the conversation, or the
   *     options are invalid
   * @throws StructuredOutputException if the answer violates the schema, also after a correction,
   *     or calls no tool although it must
   * @throws io.rkllm.InferenceException if a generation failed, including timeouts
   * @throws io.rkllm.ModelClosedException if the model was closed before the answer was complete
   * @throws io.rkllm.ModelBusyException if too many generations are waiting
   * @throws io.rkllm.UnsupportedFeatureException if an option requires another runtime release
   */
  public ChatAnswer run() {
    if (toolRequired) {
      return passOn(calling());
    }
    return schema == null
        ? generate(AnswerPrompt.answering(format, conversation), listener)
        : passOn(conforming(schema));
  }

  private ChatAnswer calling() {
    ChatAnswer answer = generate(AnswerPrompt.calling(format, conversation, null), held::add);
    if (answer.isComplete()) {
      throw new StructuredOutputException(
          "the model called no tool, although a call is required; it answered: " + answer.text(),
          "there is no tool call in it",
          List.of(answer.text()));
    }
    return answer;
  }

  private ChatAnswer conforming(AnswerSchema schema) {
    Conversation asked = schema.asking(conversation);
    ChatAnswer first = generate(AnswerPrompt.answering(format, asked), held::add);
    try {
      return validated(schema, first);
    } catch (StructuredOutputException violation) {
      if (cancelled) {
        throw violation;
      }
      held.clear();
      Conversation corrected = schema.correcting(asked, first.text(), false, violation);
      ChatAnswer second = generate(AnswerPrompt.answering(format, corrected), held::add);
      return validated(schema, second.after(first));
    }
  }

  /** Returns an answer with the JSON in it as its text. */
  private ChatAnswer validated(AnswerSchema schema, ChatAnswer answer) {
    if (!answer.isComplete()) {
      return answer;
    }
    String json = schema.read(answer.text(), false);
    held.removeIf(event -> !(event instanceof ChatEvent.ThinkingDelta));
    held.add(new ChatEvent.TextDelta(json, json));
    held.add(new ChatEvent.Finished(""));
    return answer.withText(json);
  }

  private ChatAnswer passOn(ChatAnswer answer) {
    held.forEach(listener);
    return answer;
  }

  private ChatAnswer generate(AnswerPrompt prompt, Consumer<? super ChatEvent> events) {
    AnswerCollector answer = new AnswerCollector();
    ChatParser parser =
        new ChatParser(
            prompt.parserOptions(),
            event -> {
              answer.add(event);
              events.accept(event);
            });
    parser.push(prompt.opening());
    try (Generation generation = model.generate(prompt.input(), options)) {
      running = generation;
      if (cancelled) { // before the field was set
        generation.cancel();
      }
      for (Token token : generation) {
        parser.push(token.text());
      }
      parser.finish();
      GenerationResult result = generation.await();
      GenerationStats stats = result.stats();
      return new ChatAnswer(
          answer.textWithMalformedCalls(),
          answer.thinking(),
          answer.calls(),
          result.finishReason(),
          stats.promptTokens().orElse(stats.prefillTokens().orElse(0)),
          stats.generatedTokens(),
          stats);
    }
  }

  /** Builds {@link ChatTurn}. */
  public static final class Builder {
    private final RkllmModel model;
    private final Conversation conversation;
    private GenerationOptions options = GenerationOptions.defaults();
    private @Nullable AnswerSchema schema;
    private boolean toolRequired;
    private Consumer<? super ChatEvent> listener = _ -> {};

    private Builder(RkllmModel model, Conversation conversation) {
      this.model = model;
      this.conversation = conversation;
    }

    /** Sets the options of each generation of the turn. A timeout applies to each separately. */
    public Builder options(GenerationOptions options) {
      this.options = Check.nonNull("options", options);
      return this;
    }

    /**
     * Sets the schema of the answer, or null for plain text, which is the default. The request for
     * JSON is added to the conversation; tools may be called first. A complete answer that violates
     * the schema is sent back to the model once for correction.
     */
    public Builder schema(@Nullable AnswerSchema schema) {
      this.schema = schema;
      return this;
    }

    /**
     * Sets whether the answer must call one of the tools, in which case the schema does not apply.
     * False by default.
     */
    public Builder toolRequired(boolean toolRequired) {
      this.toolRequired = toolRequired;
      return this;
    }

    /**
     * Sets the function that receives the events of the answer, on the thread that runs the turn.
     * An exception it throws stops the generation and is thrown by {@link ChatTurn#run}.
     *
     * <p>Events arrive while the answer is generated. With a schema or a required call, they arrive
     * when the answer has been validated: an answer that is corrected is not reported, and JSON is
     * a single {@link ChatEvent.TextDelta}.
     */
    public Builder onEvent(Consumer<? super ChatEvent> listener) {
      this.listener = Check.nonNull("listener", listener);
      return this;
    }

    /**
     * Returns the turn.
     *
     * @throws IllegalArgumentException if the model was loaded without a chat format, or a call is
     *     required but the conversation has no tools
     */
    public ChatTurn build() {
      if (toolRequired && conversation.tools().isEmpty()) {
        throw new IllegalArgumentException(
            "a tool call is required, but the conversation has no tools; add them to it");
      }
      return new ChatTurn(
          this,
          model
              .chatFormat()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "the model has no chat format, which conversations need; load it with"
                              + " RkllmModel.Builder.chatFormat, for example"
                              + " ChatFormats.qwen3()")));
    }
  }
}
