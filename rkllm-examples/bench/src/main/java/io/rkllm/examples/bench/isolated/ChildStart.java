package io.rkllm.examples.bench.isolated;

import io.rkllm.RkllmModel;
import io.rkllm.host.HostRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * {@code ChildStart LIBRARY MODEL PROMPT RUNS [OPTION]...}: loads a model in a child process, whose
 * JVM has the given options, and asks it. Prints for each run the time until the model was loaded
 * in milliseconds; and once it has answered, the processor time of the child until then, and its
 * resident, proportional and private memory in MB. The first run is a warm-up of this process. It
 * uses no other class of the benchmarks, so that no others are loaded.
 */
final class ChildStart {
  private ChildStart() {}

  public static void main(String[] arguments) throws IOException {
    String[] options = Arrays.copyOfRange(arguments, 4, arguments.length);
    HostRuntime runtime = HostRuntime.builder().jvmOptions(options).build();
    for (int run = Integer.parseInt(arguments[3]); run >= 0; run--) {
      long begin = System.nanoTime();
      ProcessHandle child;
      try (RkllmModel model =
          RkllmModel.builder(Path.of(arguments[1]))
              .library(Path.of(arguments[0]))
              .contextLength(4096)
              .runtime(runtime)
              .load()) {
        double millis = (System.nanoTime() - begin) / 1e6;
        var _ = model.generate(arguments[2]).await();
        try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
          child = children.findFirst().orElseThrow();
        }
        System.out.println("@ " + millis + " " + figures(Path.of("/proc/" + child.pid())));
      }
      var _ = child.onExit().join(); // after it has written an AOT cache, if it does
    }
  }

  private static String figures(Path process) throws IOException {
    double nanos = 0;
    try (Stream<Path> threads = Files.list(process.resolve("task"))) {
      for (Path thread : threads.toList()) {
        String times = Files.readString(thread.resolve("schedstat"));
        nanos += Double.parseDouble(times.substring(0, times.indexOf(' ')));
      }
    }
    String memory = Files.readString(process.resolve("smaps_rollup"));
    return nanos / 1e6
        + " "
        + megabytes(memory, "Rss:")
        + " "
        + megabytes(memory, "Pss:")
        + " "
        + (megabytes(memory, "Private_Clean:") + megabytes(memory, "Private_Dirty:"));
  }

  private static double megabytes(String memory, String entry) {
    String rest = memory.substring(memory.indexOf(entry) + entry.length()).strip();
    return Double.parseDouble(rest.substring(0, rest.indexOf(' '))) / 1024;
  }
}
