package io.rkllm.examples.bench.start;

import io.rkllm.RkllmModel;
import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Jars;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Percentile;
import io.rkllm.examples.bench.StreamModel;
import io.rkllm.examples.bench.Table;
import io.rkllm.runtime.Doctor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;

/**
 * The time from the start of a process until its first token, as measured by its parent, and the
 * peak resident memory until then. The simulator loads and answers in no time.
 */
public final class ColdStart implements Measure {
  private static final String C = "C program";
  private static final String PYTHON = "Python ctypes script";
  private static final String SDK = "rkllm for Java, as it comes";
  private static final String CACHED = "rkllm for Java, with an AOT cache";
  private static final Map<String, List<String>> OPTIONS = new LinkedHashMap<>();

  static {
    OPTIONS.put("… with -Xmx64m", List.of("-Xmx64m"));
    OPTIONS.put("… with -XX:+UseSerialGC", List.of("-XX:+UseSerialGC"));
    OPTIONS.put("… with -XX:TieredStopAtLevel=1", List.of("-XX:TieredStopAtLevel=1"));
  }

  /** The starts of one kind of process, with their results. */
  private record Starts(Child child, List<Double> millis, List<Double> megabytes) {
    Starts(Child child) {
      this(child, new ArrayList<>(), new ArrayList<>());
    }

    void once() throws IOException {
      Child.Run run = child.run();
      millis.add(run.firstAfterMillis());
      megabytes.add(run.figures().getLast()[0] / 1024);
    }

    double time() {
      return median(millis);
    }

    double memory() {
      return median(megabytes);
    }

    private static double median(List<Double> values) {
      return Percentile.of(50, values.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }

  @Override
  public void run(Effort effort, Table table) throws Exception {
    try (Jars jars = new Jars()) {
      String classPath = jars.holding(FirstToken.class, RkllmModel.class, provider(), Logger.class);
      Map<String, Starts> kinds = new LinkedHashMap<>();
      kinds.put(C, new Starts(Child.c("start", arguments())));
      kinds.put(PYTHON, new Starts(Child.python("start", arguments())));
      kinds.put(SDK, starts(classPath, List.of()));
      kinds.put(CACHED, starts(classPath, List.of("-XX:AOTCache=" + train(jars, classPath))));
      OPTIONS.forEach((name, options) -> kinds.put(name, starts(classPath, options)));
      for (int round = effort.of(5, 31); round > 0; round--) {
        for (Starts kind : kinds.values()) {
          kind.once();
        }
      }
      report(kinds, table);
    }
  }

  private static void report(Map<String, Starts> kinds, Table table) {
    table.heading("cold start: process start → first token", "ms");
    kinds.forEach(
        (name, starts) -> {
          table.line(name, starts.time(), "%.1f MB at most".formatted(starts.memory()));
          if (name.equals(SDK)) {
            table.atMost(400, starts.time(), "ms");
            table.atMost(80, starts.memory(), "MB");
          } else if (name.equals(CACHED)) {
            table.atMost(200, starts.time(), "ms");
          }
        });
  }

  /** Runs the program to record its classes, from which the JVM creates a cache when it ends. */
  private static String train(Jars jars, String classPath) throws IOException {
    String cache = jars.folder().resolve("start.aot").toString();
    starts(classPath, List.of("-XX:AOTCacheOutput=" + cache)).child.run();
    return cache;
  }

  private static Starts starts(String classPath, List<String> options) {
    return new Starts(Child.java(classPath, options, FirstToken.class, arguments()));
  }

  private static Object[] arguments() {
    return new Object[] {StreamModel.library(), StreamModel.path(), StreamModel.tokens(1)};
  }

  private static Class<?> provider() {
    return Doctor.provider().getClass();
  }
}
