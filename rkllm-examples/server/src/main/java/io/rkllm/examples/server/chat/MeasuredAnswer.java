package io.rkllm.examples.server.chat;

import io.rkllm.tools.event.ChatEvent;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An answer that is recorded by the metrics when it ends. */
final class MeasuredAnswer implements ChatAnswer {
  private final ChatAnswer answer;
  private final String operation;
  private final Metrics metrics;
  private boolean finished;
  private boolean told;

  MeasuredAnswer(ChatAnswer answer, String operation, Metrics metrics) {
    this.answer = answer;
    this.operation = operation;
    this.metrics = metrics;
  }

  @Override
  public String model() {
    return answer.model();
  }

  @Override
  public Set<String> ignored() {
    return answer.ignored();
  }

  @Override
  public boolean isKnownToFit() {
    return answer.isKnownToFit();
  }

  @Override
  public @Nullable ChatEvent next(Duration wait) {
    try {
      ChatEvent event = answer.next(wait);
      finished |= event instanceof ChatEvent.Finished;
      return event;
    } catch (RuntimeException thrown) {
      told = true;
      metrics.failed(operation, model());
      throw thrown;
    }
  }

  @Override
  public AnswerEnd end() {
    return answer.end();
  }

  @Override
  public void cancel() {
    answer.cancel();
  }

  @Override
  public void close() {
    try (answer) { // even if there are no statistics
      if (!told) {
        told = true;
        if (finished) {
          metrics.ended(operation, model(), answer.end());
        } else {
          metrics.abandoned(operation, model());
        }
      }
    }
  }
}
