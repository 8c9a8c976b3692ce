package io.rkllm.ffm;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * Ends its JVM with a model whose runs are made on a native thread; the model is open or closed,
 * during a run or after one. Forked by {@link AsyncExitTest}.
 */
final class AsyncExitProgram {
  static final int STATUS = 7;

  private AsyncExitProgram() {}

  /**
   * Arguments: library, model file, and the words open or closed, idle or running, exit or main.
   */
  public static void main(String[] args) throws InterruptedException {
    NativeModel model =
        Simulator.open(Path.of(args[0]))
            .load(ModelConfig.builder(Path.of(args[1])).nativeAsync(true).build());
    model.run(Runs.prompt("short"), new RecordingObserver());
    if (args[2].equals("closed")) {
      model.destroy();
    } else if (args[3].equals("running")) {
      RecordingObserver observer = new RecordingObserver();
      CountDownLatch over = new CountDownLatch(1);
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                model.run(Runs.prompt("long"), observer);
                over.countDown();
              });
      observer.firstToken.await();
      if (over.getCount() == 0) {
        throw new AssertionError("the run was to go on");
      }
    }
    System.out.println("ending");
    if (args[4].equals("exit")) {
      System.exit(STATUS);
    }
  }
}
