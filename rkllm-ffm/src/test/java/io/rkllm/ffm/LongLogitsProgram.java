package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.rkllm.forward.Logits;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads more logits than fit into the heap, in place. Forked by {@link ForwardPassTest} with a
 * small heap.
 */
final class LongLogitsProgram {
  private static final int TOKENS = 2048;
  private static final int COMPARED = 4;

  private LongLogitsProgram() {}

  /** Arguments: library, model file. */
  public static void main(String[] args) {
    NativeModel model =
        Simulator.open(Path.of(args[0]))
            .load(ModelConfig.builder(Path.of(args[1])).contextLength(4096).build());
    int[] ids = new int[TOKENS];
    Arrays.setAll(ids, i -> i % 200);
    float[][] first = new float[COMPARED][];
    run(
        model,
        Arrays.copyOf(ids, COMPARED),
        logits -> Arrays.setAll(first, row -> logits.row(row)));
    run(model, ids, logits -> read(logits, first));
    model.destroy();
  }

  private static void read(Logits logits, float[][] first) {
    System.out.println(logits.rows() + " rows of " + logits.vocabularySize());
    boolean same = true;
    for (int row = 0; row < COMPARED; row++) {
      same &= Arrays.equals(logits.row(row), first[row]);
    }
    System.out.println(same ? "first rows agree" : "first rows differ");
    MemorySegment all = logits.segment();
    double sum = 0;
    for (long at = 0; at < all.byteSize(); at += Float.BYTES) {
      sum += all.get(JAVA_FLOAT, at);
    }
    System.out.println(Double.isFinite(sum) && sum != 0 ? "all finite" : "sum is " + sum);
  }

  private interface Reader {
    void read(Logits logits);
  }

  private static void run(NativeModel model, int[] ids, Reader reader) {
    RecordingObserver observer =
        new RecordingObserver() {
          @Override
          public void onLogits(int member, Logits logits) {
            reader.read(logits);
          }
        };
    RunRequest request =
        RunRequest.of(TokenPrompt.of(ids)).toBuilder().mode(InferenceMode.LOGITS).build();
    int code = model.run(request, observer);
    if (code != 0 || !observer.faults.isEmpty()) {
      throw new AssertionError("code " + code + ", faults " + observer.faults);
    }
  }
}
