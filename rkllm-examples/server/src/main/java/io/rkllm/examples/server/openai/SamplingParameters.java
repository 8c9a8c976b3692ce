package io.rkllm.examples.server.openai;

import io.rkllm.Sampling;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the parameters that chat completions, completions and responses have in common. */
final class SamplingParameters {
  private static final int MAX_STOP_SEQUENCES = 16;

  private SamplingParameters() {}

  /**
   * Reads the parameters.
   *
   * @param limits the names of the token limit, the preferred one first
   */
  static Settings read(RequestObject body, String... limits) {
    rejectUnsupported(body);
    Sampling.Builder sampling = Sampling.builder();
    set(body.number("temperature", 0, 2), sampling::temperature);
    set(body.number("top_p", 0, 1), topP -> sampling.topP(Math.max(topP, 1e-6)) /* 0 is greedy */);
    set(body.number("frequency_penalty", -2, 2), sampling::frequencyPenalty);
    set(body.number("presence_penalty", -2, 2), sampling::presencePenalty);
    set(body.number("repeat_penalty", 0.01, 10), sampling::repeatPenalty);
    Integer topK = body.integer("top_k", 0, Integer.MAX_VALUE);
    if (topK != null && topK > 0) {
      sampling.topK(topK);
    }
    return new Settings(sampling.build(), limit(body, limits), stop(body), null);
  }

  private static @Nullable Integer limit(RequestObject body, String... names) {
    Integer limit = null;
    for (String name : names) {
      Integer given = body.integer(name, 1, Integer.MAX_VALUE);
      limit = limit == null ? given : limit;
    }
    return limit;
  }

  private static void set(@Nullable Double value, DoubleConsumer parameter) {
    if (value != null) {
      parameter.accept(value);
    }
  }

  private static List<String> stop(RequestObject body) {
    List<String> stop = body.texts("stop");
    if (stop.size() > MAX_STOP_SEQUENCES) {
      throw RequestException.badParameter(
          "stop", "stop must be at most " + MAX_STOP_SEQUENCES + " strings, were " + stop.size());
    }
    return stop.stream().filter(text -> !text.isEmpty()).toList();
  }

  private static void rejectUnsupported(RequestObject body) {
    Integer n = body.integer("n", 1, 128);
    if (n != null && n > 1) {
      throw RequestException.unsupported("n", "n must be 1: one answer is generated at a time");
    }
    JsonNode logprobs = body.value("logprobs"); // a number in completions
    boolean wanted =
        (logprobs != null && logprobs.isBoolean())
            ? logprobs.booleanValue()
            : body.integer("logprobs", 1, Integer.MAX_VALUE) != null;
    if (wanted) {
      throw RequestException.unsupported(
          "logprobs", "logprobs: the runtime gives no log-probabilities");
    }
    if (body.integer("top_logprobs", 1, Integer.MAX_VALUE) != null) {
      throw RequestException.unsupported(
          "top_logprobs", "top_logprobs: the runtime gives no log-probabilities");
    }
    JsonNode bias = body.value("logit_bias");
    if (bias != null && !bias.isEmpty()) {
      throw RequestException.unsupported("logit_bias", "logit_bias: the runtime has no logit bias");
    }
  }
}
