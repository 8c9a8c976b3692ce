package io.rkllm.ffm;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmModel;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/** Opens a library that hangs, and goes on all the same. Forked by {@link HangingLibraryTest}. */
final class HangingLibraryProgram {
  private HangingLibraryProgram() {}

  /** Arguments: library, model file, {@code timeout}, {@code interrupt} or {@code doctor}. */
  public static void main(String[] args) throws InterruptedException {
    Path library = Path.of(args[0]);
    RkllmModel.Builder builder = RkllmModel.builder(Path.of(args[1])).library(library);
    switch (args[2]) {
      case "timeout" -> {
        builder.loadTimeout(Duration.ofMillis(500));
        tellFailure(builder);
        tellFailure(builder); // waits for its turn, and leaves no thread
        awaitModelThreads(1);
      }
      case "interrupt" -> {
        CountDownLatch done = new CountDownLatch(1);
        Thread loading =
            Thread.ofPlatform()
                .start(
                    () -> {
                      tellFailure(builder);
                      System.out.println("interrupted " + Thread.currentThread().isInterrupted());
                      done.countDown();
                    });
        awaitNativeCode();
        loading.interrupt();
        done.await();
      }
      case "doctor" ->
          System.out.print(
              new Doctor(
                      new RuntimeOptions(library, null, false),
                      new LibrarySearch(),
                      new BoardFacts(),
                      Duration.ofMillis(500))
                  .report());
      default -> throw new IllegalArgumentException(args[2]);
    }
    System.out.println("ending");
  }

  private static void tellFailure(RkllmModel.Builder builder) {
    try {
      builder.load();
    } catch (ModelLoadException e) {
      System.out.println(e.getMessage());
    }
  }

  /** Waits until the library is being opened or identified. */
  private static void awaitNativeCode() {
    while (Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .map(StackTraceElement::getClassName)
        .noneMatch(
            name ->
                name.equals(DynamicLoader.class.getName()) || name.equals(Probe.class.getName()))) {
      Thread.onSpinWait();
    }
  }

  /** Waits until this many threads work for models. */
  private static void awaitModelThreads(int count) {
    while (Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("rkllm-model-"))
            .count()
        != count) {
      Thread.onSpinWait();
    }
  }
}
