package io.rkllm.examples.bench;

import io.rkllm.examples.bench.embeddings.EmbeddingInput;
import io.rkllm.examples.bench.idle.IdleTime;
import io.rkllm.examples.bench.latency.Latency;
import io.rkllm.examples.bench.logits.LogitsReading;
import io.rkllm.examples.bench.parser.ToolCallParsing;
import io.rkllm.examples.bench.queue.QueueFairness;
import io.rkllm.examples.bench.start.ColdStart;
import io.rkllm.examples.bench.token.AllocationCost;
import io.rkllm.examples.bench.token.TokenCost;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Takes all measures, or those that are named, and prints a table. */
final class Benchmarks {
  private static final Map<String, Measure> MEASURES = new LinkedHashMap<>();

  static {
    MEASURES.put("token", new TokenCost());
    MEASURES.put("allocation", new AllocationCost());
    MEASURES.put("latency", new Latency());
    MEASURES.put("idle", new IdleTime());
    MEASURES.put("logits", new LogitsReading());
    MEASURES.put("embeddings", new EmbeddingInput());
    MEASURES.put("start", new ColdStart());
    MEASURES.put("queue", new QueueFairness());
    MEASURES.put("parser", new ToolCallParsing());
  }

  private Benchmarks() {}

  public static void main(String[] arguments) {
    Effort effort = Boolean.getBoolean("rkllm.bench.long") ? Effort.FULL : Effort.SHORT;
    Table table = new Table(System.out);
    Set<String> wanted = wanted();
    for (var measure : MEASURES.entrySet()) {
      if (wanted.isEmpty() || wanted.contains(measure.getKey())) {
        take(measure.getKey(), measure.getValue(), effort, table);
      }
    }
    table.summary();
  }

  private static Set<String> wanted() {
    String only = System.getProperty("rkllm.bench.only", "");
    Set<String> wanted = only.isBlank() ? Set.of() : Set.of(only.split(","));
    for (String name : wanted) {
      if (!MEASURES.containsKey(name)) {
        throw new IllegalArgumentException(
            "there is no measure " + name + "; there are " + String.join(", ", MEASURES.keySet()));
      }
    }
    return wanted;
  }

  private static void take(String name, Measure measure, Effort effort, Table table) {
    try {
      measure.run(effort, table);
    } catch (Exception e) {
      table.line("(" + name + ")", "–", "not measured: " + e.getMessage());
    }
  }
}
