package io.rkllm.examples.server.ollama;

import io.rkllm.Sampling;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.RequestObject;
import java.time.Duration;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/** Reads {@code options} and {@code keep_alive}. */
final class Options {
  private static final int NO_LIMIT =
      Integer.MAX_VALUE; // the engine limits it to the size of the context

  private Options() {}

  static Settings read(RequestObject body) {
    Duration keepAlive = KeepAlive.read(body);
    RequestObject options = body.object("options");
    if (options == null) {
      return new Settings(Sampling.defaults(), null, List.of(), keepAlive);
    }
    return settings(options, keepAlive);
  }

  static Settings settings(RequestObject options, @Nullable Duration keepAlive) {
    return new Settings(sampling(options), maxNewTokens(options), stop(options), keepAlive);
  }

  private static Sampling sampling(RequestObject options) {
    Sampling.Builder sampling = Sampling.builder();
    set(options.number("temperature", 0, 100), sampling::temperature);
    set(options.number("top_p", 0, 1), p -> sampling.topP(Math.max(p, 1e-6)) /* 0 is greedy */);
    set(options.number("frequency_penalty", -2, 2), sampling::frequencyPenalty);
    set(options.number("presence_penalty", -2, 2), sampling::presencePenalty);
    set(options.number("repeat_penalty", 0.01, 100), sampling::repeatPenalty);
    set(options.number("mirostat_tau", 0.01, 100), sampling::mirostatTau);
    set(options.number("mirostat_eta", 0.0001, 100), sampling::mirostatEta);
    Integer mirostat = options.integer("mirostat", 0, 2);
    if (mirostat != null) {
      sampling.mirostat(mirostat);
    }
    Integer topK = options.integer("top_k", 0, 1_000_000);
    if (topK != null && topK > 0) { // 0 considers all tokens
      sampling.topK(topK);
    }
    return sampling.build();
  }

  private static void set(@Nullable Double value, DoubleConsumer parameter) {
    if (value != null) {
      parameter.accept(value);
    }
  }

  /**
   * Returns the token limit; null for −1 and for −2, "until it is full", which is the same here.
   */
  private static @Nullable Integer maxNewTokens(RequestObject options) {
    Integer limit = options.integer("num_predict", -2, Integer.MAX_VALUE);
    return limit == null || limit > 0 ? limit : Integer.valueOf(limit == 0 ? 1 : NO_LIMIT);
  }

  private static List<String> stop(RequestObject options) {
    return options.texts("stop").stream().filter(text -> !text.isEmpty()).toList();
  }
}
