package io.rkllm.examples.features;

import io.rkllm.GenerationResult;
import io.rkllm.ModelStats;
import io.rkllm.RkllmModel;
import io.rkllm.event.ModelListener;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * Observes a model for logs and metrics: a listener is notified of each run, and the model adds up
 * their statistics. JDK Flight Recorder receives the same events without any code.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class ListenToModel {
  public static void main(String[] args) throws InterruptedException {
    Printer printer = new Printer();
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .listener(printer)
            .load()) {
      model.generate("Hello").await();
      model.generate("Tell me a joke").await();
      ModelStats stats = model.stats();
      System.out.printf(
          "in all: %d answers, %d tokens, %.1f a second%n",
          stats.generations(), stats.generatedTokens(), stats.tokensPerSecond());
    }
    printer.closed.await(); // listeners run on a daemon thread
  }

  private static final class Printer implements ModelListener {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public void onLoad(Path model, RuntimeInfo runtime, Duration loadTime) {
      System.out.println("loaded: " + model.getFileName() + " on release " + runtime.release());
    }

    @Override
    public void onEnd(long run, GenerationResult result) {
      System.out.println(
          "run "
              + run
              + ": "
              + result.stats().generatedTokens()
              + " tokens, "
              + result.finishReason());
    }

    @Override
    public void onClose() {
      System.out.println("closed");
      closed.countDown();
    }
  }
}
