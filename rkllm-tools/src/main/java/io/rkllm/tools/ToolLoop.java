package io.rkllm.tools;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolReturned.Outcome;
import io.rkllm.tools.event.ToolSessionEvent;
import io.rkllm.tools.internal.answer.GatheredAnswer;
import io.rkllm.tools.parser.ChatParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One question: the model answers, its tool calls run, it is told what came of them and answers
 * again, until there is nothing more to tell. Tools begin to run when an answer has ended, so that
 * none runs for an answer that was cut short or cancelled.
 *
 * <p>Used by one thread, once.
 */
final class ToolLoop {
  private final ToolTurns turns;
  private final ToolSet tools;
  private final ToolLimits limits;
  private final GenerationOptions options;
  private final Stopper stopper;
  private final Consumer<ToolSessionEvent> events;
  private final List<ToolReturned> returned = new ArrayList<>();
  private final List<GenerationStats> runs = new ArrayList<>();
  private GatheredAnswer answer = new GatheredAnswer(); // the last one
  private FinishReason finish = FinishReason.STOP; // of the last one
  private int callsMade;
  private boolean toldOfLimit;

  ToolLoop(
      ToolTurns turns,
      ToolSet tools,
      ToolLimits limits,
      GenerationOptions options,
      Stopper stopper,
      Consumer<ToolSessionEvent> events) {
    this.turns = turns;
    this.tools = tools;
    this.limits = limits;
    this.options = options;
    this.stopper = stopper;
    this.events = events;
  }

  /** Asks and gives the result. Blocks. */
  ToolGenerationResult ask(String question) {
    try {
      return result(converse(question));
    } catch (IllegalStateException e) {
      if (stopper.isStopped()) {
        return result(ToolFinishReason.CANCELLED); // the session was closed just before a turn
      }
      turns.failed();
      throw e;
    } catch (Throwable e) { // a checked one, too, from code that the compiler did not check
      turns.failed();
      throw e;
    }
  }

  private ToolFinishReason converse(String question) {
    listen(turns.ask(question, options));
    for (int turn = 1; ; turn++) {
      ToolFinishReason end = end(turn);
      if (end != null) {
        return end;
      }
      List<ChatMessage.ToolResult> results = call(answer.calls());
      if (stopper.isStopped()) {
        turns.leave(results);
        return ToolFinishReason.CANCELLED;
      }
      List<String> malformed = answer.faults().stream().map(ToolWords::malformed).toList();
      listen(turns.tell(results, malformed, options));
    }
  }

  private ToolGenerationResult result(ToolFinishReason reason) {
    return new ToolGenerationResult(answer.text(), answer.thinking(), reason, returned, runs);
  }

  // ---- The model speaks

  private void listen(Generation generation) {
    stopper.set(generation::cancel);
    GatheredAnswer next = new GatheredAnswer();
    answer = next;
    ChatParser parser =
        new ChatParser(
            turns.reading(),
            event -> {
              next.add(event);
              events.accept(event);
            });
    try (TokenIterator tokens = generation.iterator()) {
      while (tokens.hasNext()) {
        parser.push(tokens.next().text());
      }
      GenerationResult result = generation.await();
      parser.finish();
      turns.ended(result, next.message());
      runs.add(result.stats());
      finish = result.finishReason();
    }
  }

  /** Why there is no turn after this one, or null if there is. What it calls does not run then. */
  private @Nullable ToolFinishReason end(int turn) {
    if (finish == FinishReason.MODEL_CLOSED) {
      leave(ToolWords.CANCELLED);
      return ToolFinishReason.MODEL_CLOSED;
    }
    if (finish == FinishReason.CANCELLED || stopper.isStopped()) {
      leave(ToolWords.CANCELLED);
      return ToolFinishReason.CANCELLED;
    }
    if (finish == FinishReason.LENGTH) {
      leave(ToolWords.LENGTH);
      return ToolFinishReason.LENGTH;
    }
    if (answer.calls().isEmpty() && answer.faults().isEmpty()) {
      return ToolFinishReason.ANSWERED;
    }
    if (toldOfLimit && !answer.calls().isEmpty()) {
      refuse(ToolWords.tooManyCalls(limits.maxCalls()));
      return ToolFinishReason.CALL_LIMIT;
    }
    if (turn >= limits.maxTurns()) {
      refuse(ToolWords.tooManyTurns());
      return ToolFinishReason.TURN_LIMIT;
    }
    return null;
  }

  // ---- Tools run, or do not

  /** Gives a result for each call, in their order. */
  private List<ChatMessage.ToolResult> call(List<ToolCall> calls) {
    int allowance = limits.maxCalls() - callsMade;
    callsMade += Math.min(calls.size(), allowance);
    toldOfLimit |= calls.size() > allowance;
    ToolCalls round = new ToolCalls(tools, limits, events::accept);
    stopper.set(round::stop);
    List<ChatMessage.ToolResult> results = new ArrayList<>();
    List<Optional<ToolReturned>> outcomes = round.run(calls, allowance);
    for (int i = 0; i < calls.size(); i++) {
      ToolCall call = calls.get(i);
      outcomes.get(i).ifPresent(returned::add);
      results.add(
          outcomes.get(i).map(ToolReturned::result).orElse(result(call, ToolWords.CANCELLED)));
    }
    return results;
  }

  /** The calls do not run, and those who watch are told. */
  private void refuse(String words) {
    for (ToolCall call : answer.calls()) {
      ToolReturned refused =
          new ToolReturned(call, Outcome.OVER_LIMIT, result(call, words), Optional.empty());
      returned.add(refused);
      events.accept(refused);
    }
    leave(words);
  }

  private void leave(String words) {
    turns.leave(answer.calls().stream().map(call -> result(call, words)).toList());
  }

  private static ChatMessage.ToolResult result(ToolCall call, String words) {
    return new ChatMessage.ToolResult(call.id(), call.name(), words);
  }
}
