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
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is one JSON object. It is passed on whole, once it is known to fit; a model whose
 * answer does not is told so, and answers once more; if that does not fit either, the answer fails.
 * One that was cut off is passed on as far as it got.
 */
final class StructuredAnswer implements ChatAnswer {
  private final ModelLease lease;
  private final Conversation conversation;
  private final AnswerSchema schema;
  private final GenerationOptions options;
  private final Set<String> ignored;
  private final Queue<ChatEvent> events = new ArrayDeque<>();

  private RenderedPrompt prompt;
  private volatile Generation generation;
  private TokenIterator tokens;
  private StringBuilder text = new StringBuilder();
  private boolean askedAgain;
  private int promptTokens;
  private int newTokens;
  private volatile boolean cancelled;

  /** Takes over the lease if it returns. */
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
    generation = lease.model().model().generate(prompt.input(), options);
    tokens = generation.iterator();
  }

  /** The conversation, asking for an object. */
  static Conversation asking(Conversation conversation, AnswerSchema schema) {
    List<ChatMessage> messages = new ArrayList<>(conversation.messages());
    if (messages.getLast() instanceof ChatMessage.User question) {
      messages.removeLast();
      messages.add(new ChatMessage.User(question.text() + "\n\n" + schema.request()));
    } else {
      messages.add(new ChatMessage.User(schema.request()));
    }
    return conversation.withMessages(messages);
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
    try {
      String json = schema.read(answer, prompt.parserOptions().startsInThinking());
      events.add(new ChatEvent.TextDelta(json, json));
      events.add(new ChatEvent.Finished(""));
    } catch (StructuredOutputException misfit) {
      if (cancelled || result.finishReason() != FinishReason.STOP) { // as far as it got
        if (!answer.isEmpty()) {
          events.add(new ChatEvent.TextDelta(answer, answer));
        }
        events.add(new ChatEvent.Finished(""));
        return;
      }
      if (askedAgain) {
        throw misfit;
      }
      askAgain(answer, misfit);
    }
  }

  private void askAgain(String answer, StructuredOutputException misfit) {
    askedAgain = true;
    List<ChatMessage> messages = new ArrayList<>(conversation.messages());
    boolean thinking = prompt.parserOptions().startsInThinking();
    messages.add(new ChatMessage.Assistant(AnswerSchema.excerpt(answer, thinking)));
    messages.add(new ChatMessage.User(schema.correction(misfit)));
    ServedModel model = lease.model();
    prompt = model.renderer().conversation(conversation.withMessages(messages));
    text = new StringBuilder();
    generation = model.model().generate(prompt.input(), options);
    tokens = generation.iterator();
    if (cancelled) { // meanwhile
      generation.cancel();
    }
  }

  @Override
  public AnswerEnd end() {
    GenerationResult result = generation.await();
    Reason reason = Reason.of(result.finishReason());
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
