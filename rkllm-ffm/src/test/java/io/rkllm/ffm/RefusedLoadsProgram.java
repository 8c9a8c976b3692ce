package io.rkllm.ffm;

import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.spi.RuntimeOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Requests the capture of native output for loads that are refused at different points, and prints
 * what each leaves behind. Forked by {@link CaptureFailureTest}.
 */
final class RefusedLoadsProgram {
  private RefusedLoadsProgram() {}

  /** Arguments: library, library without functions, file with a context limit, other file. */
  public static void main(String[] args) {
    Path library = Path.of(args[0]);
    Path bare = Path.of(args[1]);
    Path model = Path.of(args[2]);
    Path other = Path.of(args[3]);
    Map<String, Runnable> loads = new LinkedHashMap<>();
    loads.put("no library", () -> load(model, Path.of("/nowhere/librkllmrt.so")).load());
    loads.put("bad library", () -> load(model, bare).load());
    loads.put("lacks a capability", () -> load(model, library).tokenizer(_ -> new int[1]).load());
    loads.put("context too large", () -> load(model, library).contextLength(4096).load());
    loads.put("native code refuses", () -> load(other, library).load());
    loads.put("interrupt", () -> interrupted(load(model, library)));
    loads.put("doctor", () -> new FfmRuntimeProvider().diagnose(capturing(library)));
    loads.put("loads", () -> load(model, library).load().close());
    long before = pipes();
    loads.forEach(
        (name, load) -> {
          String end = "returned";
          try {
            load.run();
          } catch (RkllmException e) {
            end = "refused";
          }
          System.out.printf(
              "%s: %s, %d pipes, threads %s%n", name, end, pipes() - before, threads());
        });
  }

  private static RuntimeOptions capturing(Path library) {
    return new RuntimeOptions(library, null, true);
  }

  private static RkllmModel.Builder load(Path model, Path library) {
    return RkllmModel.builder(model).library(library).captureNativeOutput();
  }

  private static void interrupted(RkllmModel.Builder load) {
    Thread.currentThread().interrupt();
    try {
      load.load().close();
    } finally {
      boolean _ = Thread.interrupted();
    }
  }

  private static long pipes() {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(RefusedLoadsProgram::isPipe).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isPipe(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("pipe:");
    } catch (IOException e) {
      return false; // it was that of the list
    }
  }

  private static List<String> threads() {
    TreeSet<String> names = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("rkllm-native")) {
        names.add(thread.getName());
      }
    }
    return List.copyOf(names);
  }
}
