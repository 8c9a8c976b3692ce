package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.prompt;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Path;

/**
 * Destroys a model whose library calls back afterwards, while another model is running. Forked by
 * {@link LateCallbackTest}.
 */
final class LateCallbackProgram {
  private LateCallbackProgram() {}

  /** Arguments: library, model with late callbacks, model without; "async" or "sync". */
  public static void main(String[] args) throws InterruptedException {
    FfmRuntime runtime =
        (FfmRuntime)
            new FfmRuntimeProvider().open(new RuntimeOptions(Path.of(args[0]), null, false));
    boolean async = args[3].equals("async");
    NativeModel late =
        runtime.load(ModelConfig.builder(Path.of(args[1])).nativeAsync(async).build());
    RecordingObserver ofLate = new RecordingObserver();
    late.run(prompt("x"), ofLate);
    late.destroy();
    int told = ofLate.lengths.size();
    NativeModel other = runtime.load(ModelConfig.of(Path.of(args[2])));
    RecordingObserver observer = new RecordingObserver();
    int calls = 0;
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (calls == 0 && System.nanoTime() < deadline) {
      observer = new RecordingObserver();
      other.run(prompt("x"), observer);
      calls = Stub.lateCalls();
    }
    other.destroy(); // logs the late callbacks
    System.out.println("late calls " + calls);
    System.out.println("told after destroy " + (ofLate.lengths.size() - told));
    System.out.println("the other says " + observer.text());
  }
}
