package io.rkllm.observability;

import io.rkllm.FinishReason;
import io.rkllm.GenerationStats;
import io.rkllm.event.RunKind;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Names and values of the OpenTelemetry semantic conventions for generative AI. */
final class GenAi {
  static final String OPERATION = "gen_ai.operation.name";
  static final String PROVIDER = "gen_ai.provider.name";
  static final String REQUEST_MODEL = "gen_ai.request.model";
  static final String TOKEN_TYPE = "gen_ai.token.type";
  static final String ERROR_TYPE = "error.type";
  static final String INPUT = "input";
  static final String OUTPUT = "output";

  /** The value of {@link #PROVIDER}: a runtime in the process of the application. */
  static final String RKLLM = "rkllm";

  static final String TOKEN_USAGE = "gen_ai.client.token.usage";
  static final String DURATION = "gen_ai.client.operation.duration";
  static final String TIME_TO_FIRST_TOKEN = "gen_ai.server.time_to_first_token";
  static final String TIME_PER_OUTPUT_TOKEN = "gen_ai.server.time_per_output_token";
  static final String QUEUE_WAIT = "rkllm.queue.wait";

  /** The histogram boundaries of {@link #TOKEN_USAGE}; the context limits the tokens of a model. */
  static final double[] TOKEN_BUCKETS = {1, 4, 16, 64, 256, 1024, 4096, 16384};

  /** The histogram boundaries of {@link #DURATION} and {@link #QUEUE_WAIT}, in seconds. */
  static final double[] DURATION_BUCKETS = {
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
  };

  /** The histogram boundaries of {@link #TIME_TO_FIRST_TOKEN}, in seconds. */
  static final double[] FIRST_TOKEN_BUCKETS = {
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
  };

  /** The histogram boundaries of {@link #TIME_PER_OUTPUT_TOKEN}, in seconds. */
  static final double[] TOKEN_TIME_BUCKETS = {
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5
  };

  private GenAi() {}

  static String operation(RunKind kind) {
    return switch (kind) {
      case GENERATION -> "chat";
      case HIDDEN_STATES -> "embeddings";
      case LOGITS -> "logits"; // the conventions have no name for it
    };
  }

  static String finishReason(FinishReason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  /** Returns the number of prompt tokens, if the runtime reported it. */
  static OptionalInt inputTokens(GenerationStats stats) {
    return stats.promptTokens().isPresent() ? stats.promptTokens() : stats.prefillTokens();
  }

  /** Returns the time from the request to the end of the run. */
  static Duration duration(GenerationStats stats) {
    return stats.queueTime().plus(stats.runTime());
  }

  /** Returns the time from the request to the first token; empty if there was none. */
  static Optional<Duration> timeToFirstToken(GenerationStats stats) {
    return stats.generatedTokens() == 0
        ? Optional.empty()
        : Optional.of(stats.queueTime().plus(stats.timeToFirstToken()));
  }

  /** Returns the mean time of a token after the first; empty if there was none. */
  static Optional<Duration> timePerOutputToken(GenerationStats stats) {
    return stats.decodedTokens() == 0
        ? Optional.empty()
        : Optional.of(stats.decodeTime().dividedBy(stats.decodedTokens()));
  }

  /** Returns the error of a failure: its class. */
  static String errorType(Throwable failure) {
    return failure.getClass().getName();
  }
}
