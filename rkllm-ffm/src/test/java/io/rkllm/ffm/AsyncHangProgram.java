package io.rkllm.ffm;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.nio.file.Path;
import java.time.Duration;

/** Makes an asynchronous run that hangs, and exits. Forked by {@link AsyncFailuresTest}. */
final class AsyncHangProgram {
  static final int STATUS = 7;

  private AsyncHangProgram() {}

  /** Arguments: library, model file. */
  public static void main(String[] args) throws InterruptedException {
    ModelConfig config = ModelConfig.builder(Path.of(args[1])).nativeAsync(true).build();
    Thread run =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  NativeModel model = Simulator.open(Path.of(args[0])).load(config);
                  model.run(Runs.prompt("?"), new RecordingObserver());
                });
    System.out.println(run.join(Duration.ofSeconds(2)) ? "returned" : "still waiting");
    System.exit(STATUS);
  }
}
