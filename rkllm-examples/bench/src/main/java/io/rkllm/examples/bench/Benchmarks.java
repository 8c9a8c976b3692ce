package io.rkllm.examples.bench;

import io.rkllm.examples.bench.callback.CallbackCost;
import io.rkllm.examples.bench.idle.IdleTime;
import io.rkllm.examples.bench.latency.Latency;
import io.rkllm.examples.bench.start.ColdStart;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Takes all measures, or those that are named, and prints a table. */
final class Benchmarks {
  private static final Map<String, Measure> MEASURES = new LinkedHashMap<>();

  static {
    MEASURES.put("callback", new CallbackCost());
    MEASURES.put("latency", new Latency());
    MEASURES.put("idle", new IdleTime());
    MEASURES.put("start", new ColdStart());
  }

  private Benchmarks() {}

  public static void main(String[] arguments) {
    Effort effort = Boolean.getBoolean("rkllm.bench.long") ? Effort.FULL : Effort.SHORT;
    Table table = new Table(System.out);
    List<String> wanted = List.of(arguments);
    for (var measure : MEASURES.entrySet()) {
      if (wanted.isEmpty() || wanted.contains(measure.getKey())) {
        take(measure.getKey(), measure.getValue(), effort, table);
      }
    }
    table.summary();
  }

  private static void take(String name, Measure measure, Effort effort, Table table) {
    try {
      measure.run(effort, table);
    } catch (Exception e) {
      table.line("(" + name + ")", "–", "not measured: " + e.getMessage());
    }
  }
}
