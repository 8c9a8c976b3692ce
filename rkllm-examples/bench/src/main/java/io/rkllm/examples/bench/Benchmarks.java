package io.rkllm.examples.bench;

import io.rkllm.examples.bench.embeddings.EmbeddingInput;
import io.rkllm.examples.bench.idle.IdleTime;
import io.rkllm.examples.bench.isolated.IsolatedModel;
import io.rkllm.examples.bench.latency.Latency;
import io.rkllm.examples.bench.logits.LogitsReading;
import io.rkllm.examples.bench.modelfile.ModelFileReading;
import io.rkllm.examples.bench.parser.ToolCallParsing;
import io.rkllm.examples.bench.queue.QueueFairness;
import io.rkllm.examples.bench.start.ColdStart;
import io.rkllm.examples.bench.token.AllocationCost;
import io.rkllm.examples.bench.token.TokenCost;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Runs all benchmarks, or those named on the command line, and prints a table. */
final class Benchmarks {
  private static final Map<String, Measure> MEASURES = new LinkedHashMap<>();

  static {
    MEASURES.put("token", new TokenCost());
    MEASURES.put("allocation", new AllocationCost());
    MEASURES.put("latency", new Latency());
    MEASURES.put("idle", new IdleTime());
    MEASURES.put("isolated", new IsolatedModel());
    MEASURES.put("logits", new LogitsReading());
    MEASURES.put("embeddings", new EmbeddingInput());
    MEASURES.put("start", new ColdStart());
    MEASURES.put("queue", new QueueFairness());
    MEASURES.put("parser", new ToolCallParsing());
    MEASURES.put("modelfile", new ModelFileReading());
  }

  private Benchmarks() {}

  /** Returns the names of the benchmarks. */
  static Set<String> names() {
    return MEASURES.keySet();
  }

  /** Returns a benchmark by its name. */
  static Measure measure(String name) {
    Measure measure = MEASURES.get(name);
    if (measure == null) {
      throw new IllegalArgumentException(
          "there is no measure " + name + "; there are " + String.join(", ", names()));
    }
    return measure;
  }

  public static void main(String[] arguments) {
    Effort effort = Boolean.getBoolean("rkllm.bench.long") ? Effort.FULL : Effort.SHORT;
    String only = System.getProperty("rkllm.bench.only", "");
    Collection<String> wanted = only.isBlank() ? names() : List.of(only.split(","));
    try {
      wanted.forEach(Benchmarks::measure); // before any benchmark starts
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
    System.out.printf(
        "%s form, Java %s on %s, %d processors%n",
        effort.name().toLowerCase(Locale.ROOT),
        System.getProperty("java.version"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors());
    Table table = new Table(System.out);
    for (String name : wanted) {
      try {
        measure(name).run(effort, table);
      } catch (Exception e) {
        table.line("(" + name + ")", "–", "not measured: " + e.getMessage());
      }
    }
    table.summary();
  }
}
