package io.rkllm.tools;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.ModelClosedException;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolReturned.Outcome;
import io.rkllm.tools.event.ToolSessionEvent;
import io.rkllm.tools.internal.answer.AnswerCollector;
import io.rkllm.tools.parser.ChatParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One question: the model answers, its tool calls run, and the model answers again with their
 * results, until an answer contains no calls. Tools start when an answer has ended, so that none
 * runs for an answer that was cut off or cancelled.
 *
 * <p>Used once, by one thread.
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
  private AnswerCollector answer = new AnswerCollector(); // the last one
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

  /** Asks the question and returns the result. Blocks. */
  ToolGenerationResult ask(String question) {
    try {
      return result(converse(question));
    } catch (IllegalStateException e) {
      if (stopper.isStopped()) {
        return result(ToolFinishReason.CANCELLED); // the session was closed just before a turn
      }
      turns.questionFailed();
      throw e;
    } catch (Throwable e) { // a checked one, too, from code that the compiler did not check
      turns.questionFailed();
      throw e;
    }
  }

  private ToolFinishReason converse(String question) {
    readAnswer(turns.ask(question, options));
    for (int turn = 1; ; turn++) {
      ToolFinishReason end = end(turn);
      if (end != null) {
        return end;
      }
      List<ChatMessage.ToolResult> results = call(answer.calls());
      if (stopper.isStopped()) {
        turns.endWithResults(results);
        return ToolFinishReason.CANCELLED;
      }
      List<String> malformed = answer.parseErrors().stream().map(ToolMessages::malformed).toList();
      readAnswer(turns.report(results, malformed, options));
    }
  }

  private ToolGenerationResult result(ToolFinishReason reason) {
    return new EndedQuestion(answer.text(), answer.thinking(), reason, returned, runs);
  }

  // ---- The model speaks

  private void readAnswer(Generation generation) {
    stopper.set(generation::cancel);
    AnswerCollector next = new AnswerCollector();
    answer = next;
    ChatParser parser =
        new ChatParser(
            turns.parserOptions(),
            event -> {
              next.add(event);
              events.accept(event);
            });
    try (TokenIterator tokens = generation.iterator()) {
      readTokens(tokens, parser);
      GenerationResult result = generation.await();
      parser.finish();
      turns.turnEnded(result, next.message());
      runs.add(result.stats());
      finish = result.finishReason();
    }
  }

  private static void readTokens(TokenIterator tokens, ChatParser parser) {
    try {
      while (tokens.hasNext()) {
        parser.push(tokens.next().text());
      }
    } catch (ModelClosedException e) {
      // the result has the same finish reason; without a result, waiting for it throws the same
      // exception
    }
  }

  /**
   * Returns the reason why there is no further turn, or null if there is one. If there is none, the
   * calls of the last answer do not run.
   */
  private @Nullable ToolFinishReason end(int turn) {
    if (finish == FinishReason.MODEL_CLOSED) {
      endWithError(ToolMessages.CANCELLED);
      return ToolFinishReason.MODEL_CLOSED;
    }
    if (finish == FinishReason.CANCELLED || stopper.isStopped()) {
      endWithError(ToolMessages.CANCELLED);
      return ToolFinishReason.CANCELLED;
    }
    if (finish == FinishReason.LENGTH) {
      endWithError(ToolMessages.LENGTH);
      return ToolFinishReason.LENGTH;
    }
    if (answer.calls().isEmpty() && answer.parseErrors().isEmpty()) {
      return ToolFinishReason.ANSWERED;
    }
    if (toldOfLimit && !answer.calls().isEmpty()) {
      refuse(ToolMessages.tooManyCalls(limits.maxCalls()));
      return ToolFinishReason.CALL_LIMIT;
    }
    if (turn >= limits.maxTurns()) {
      refuse(ToolMessages.tooManyTurns());
      return ToolFinishReason.TURN_LIMIT;
    }
    return null;
  }

  // ---- Tools run, or do not

  /** Returns a result for each call, in the order of the calls. */
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
          outcomes.get(i).map(ToolReturned::result).orElse(result(call, ToolMessages.CANCELLED)));
    }
    return results;
  }

  /** Reports to the readers that these calls do not run. */
  private void refuse(String error) {
    for (ToolCall call : answer.calls()) {
      ToolReturned refused =
          new ToolReturned(call, Outcome.OVER_LIMIT, result(call, error), Optional.empty());
      returned.add(refused);
      events.accept(refused);
    }
    endWithError(error);
  }

  private void endWithError(String error) {
    turns.endWithResults(answer.calls().stream().map(call -> result(call, error)).toList());
  }

  private static ChatMessage.ToolResult result(ToolCall call, String text) {
    return new ChatMessage.ToolResult(call.id(), call.name(), text);
  }
}
