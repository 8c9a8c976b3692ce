package io.rkllm.examples.server.chat;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.examples.server.chat.AnswerEnd.Reason;
import io.rkllm.examples.server.model.ModelLease;
import io.rkllm.examples.server.model.RenderedPrompt;
import io.rkllm.examples.server.model.ServedModel;
import io.rkllm.tools.AnswerSchema;
import io.rkllm.tools.StructuredOutputException;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.ParserOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is either one JSON object or tool calls. It is delivered as a whole, together with
 * the thinking before it, once it has been validated against the schema. If the answer does not fit
 * the schema, the model is asked once more; if the second answer does not fit either, the answer
 * fails. An answer that was cut off is delivered as far as it was generated.
 */
final class StructuredAnswer implements ChatAnswer {
  private final ModelLease lease;
  private final Conversation conversation;
  private final AnswerSchema schema;
  private final GenerationOptions options;
  private final Set<String> ignored;
  private final Queue<ChatEvent> events = new ArrayDeque<>();

  private RenderedPrompt prompt;
  private ParserOptions parserOptions;
  private volatile Generation generation;
  private TokenIterator tokens;
  private StringBuilder text;
  private boolean askedAgain;
  private boolean callsTools;
  private int promptTokens;
  private int newTokens;
  private volatile boolean cancelled;

  /** Begins to generate. Takes ownership of the lease if it returns normally. */
  StructuredAnswer(
      ModelLease lease,
      Conversation conversation,
      AnswerSchema schema,
      GenerationOptions options,
      Set<String> ignored,
      RenderedPrompt prompt) {
    this.lease = lease;
    this.conversation = conversation;
    this.schema = schema;
    this.options = options;
    this.ignored = Set.copyOf(ignored);
    this.prompt = prompt;
    parserOptions = prompt.parserOptions().toBuilder().uniqueCallIds().build();
    text = new StringBuilder(begun(conversation, prompt));
    generation = lease.model().model().generate(prompt.input(), options);
    tokens = generation.iterator();
  }

  /**
   * Returns the beginning of the answer that is part of the prompt, since the object is checked and
   * sent as a whole.
   */
  private static String begun(Conversation conversation, RenderedPrompt prompt) {
    return prompt.continued()
            && conversation.messages().getLast() instanceof ChatMessage.Assistant begun
            && !begun.text().isEmpty()
        ? begun.text()
        : prompt.opening();
  }

  @Override
  public String model() {
    return lease.model().name();
  }

  @Override
  public Set<String> ignored() {
    return ignored;
  }

  @Override
  public boolean isKnownToFit() {
    return prompt.isKnownToFit(lease.model().model().contextLength());
  }

  @Override
  public @Nullable ChatEvent next(Duration wait) {
    long deadline = System.nanoTime() + wait.toNanos();
    while (events.isEmpty()) {
      if (!tokens.await(Duration.ofNanos(deadline - System.nanoTime()))) {
        return null;
      }
      if (tokens.hasNext()) {
        text.append(tokens.next().text());
      } else {
        answered(generation.await());
      }
    }
    return events.remove();
  }

  private void answered(GenerationResult result) {
    promptTokens += Usage.promptTokens(prompt, result.stats());
    newTokens += result.stats().generatedTokens();
    String answer = text.toString();
    List<ChatEvent> parsed = ChatParser.parse(parserOptions, answer);
    callsTools =
        !conversation.tools().isEmpty()
            && parsed.stream().anyMatch(ChatEvent.ToolCallCompleted.class::isInstance);
    if (callsTools) {
      events.addAll(parsed);
      return;
    }
    try {
      String json = schema.read(answer, parserOptions.startsInThinking());
      parsed.stream().filter(ChatEvent.ThinkingDelta.class::isInstance).forEach(events::add);
      events.add(new ChatEvent.TextDelta(json, json));
      events.add(new ChatEvent.Finished(""));
    } catch (StructuredOutputException violation) {
      if (cancelled || result.finishReason() != FinishReason.STOP) { // as far as it was generated
        events.addAll(parsed);
      } else if (askedAgain) {
        throw violation;
      } else {
        askAgain(answer, violation);
      }
    }
  }

  private void askAgain(String answer, StructuredOutputException violation) {
    askedAgain = true;
    boolean thinking = parserOptions.startsInThinking();
    ServedModel model = lease.model();
    prompt =
        model.renderer().conversation(schema.correcting(conversation, answer, thinking, violation));
    parserOptions = prompt.parserOptions().toBuilder().uniqueCallIds().build();
    text = new StringBuilder();
    generation = model.model().generate(prompt.input(), options);
    tokens = generation.iterator();
    if (cancelled) { // in the meantime
      generation.cancel();
    }
  }

  @Override
  public AnswerEnd end() {
    GenerationResult result = generation.await();
    Reason reason = Reason.of(result.finishReason());
    reason = reason == Reason.STOP && callsTools ? Reason.TOOL_CALLS : reason;
    return new AnswerEnd(reason, promptTokens, newTokens, result.stats(), lease.loadTime());
  }

  @Override
  public void cancel() {
    cancelled = true;
    generation.cancel();
  }

  @Override
  public void close() {
    try (lease) {
      cancel();
    }
  }
}
