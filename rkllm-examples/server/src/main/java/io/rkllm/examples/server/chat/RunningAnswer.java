package io.rkllm.examples.server.chat;

import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.TokenIterator;
import io.rkllm.examples.server.chat.AnswerEnd.Reason;
import io.rkllm.examples.server.model.ModelLease;
import io.rkllm.examples.server.model.RenderedPrompt;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.parser.ChatParser;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An answer whose thinking, text and tool calls are delivered while they are generated. */
final class RunningAnswer implements ChatAnswer {
  private final ModelLease lease;
  private final RenderedPrompt prompt;
  private final Set<String> ignored;
  private final Generation generation;
  private final TokenIterator tokens;
  private final ChatParser parser;
  private final Queue<ChatEvent> events = new ArrayDeque<>();
  private boolean callsTools;
  private boolean ended;

  RunningAnswer(
      ModelLease lease, RenderedPrompt prompt, Set<String> ignored, Generation generation) {
    this.lease = lease;
    this.prompt = prompt;
    this.ignored = Set.copyOf(ignored);
    this.generation = generation;
    tokens = generation.iterator();
    parser =
        new ChatParser(prompt.parserOptions().toBuilder().uniqueCallIds().build(), events::add);
    parser.push(prompt.opening());
    if (prompt.continued()) {
      events.clear();
    }
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
        parser.push(tokens.next().text());
      } else if (!ended) {
        ended = true;
        parser.finish();
      } else {
        throw new IllegalStateException("the answer has been read to its end");
      }
    }
    ChatEvent event = events.remove();
    callsTools |= event instanceof ChatEvent.ToolCallCompleted;
    return event;
  }

  @Override
  public AnswerEnd end() {
    GenerationResult result = generation.await();
    Reason reason = Reason.of(result.finishReason());
    return new AnswerEnd(
        reason == Reason.STOP && callsTools ? Reason.TOOL_CALLS : reason,
        Usage.promptTokens(prompt, result.stats()),
        result.stats().generatedTokens(),
        result.stats(),
        lease.loadTime());
  }

  @Override
  public void cancel() {
    generation.cancel();
  }

  @Override
  public void close() {
    try (lease) {
      generation.close();
    }
  }
}
