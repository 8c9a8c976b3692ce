package io.rkllm.ffm;

import io.rkllm.Generation;
import io.rkllm.InferenceException;
import io.rkllm.RkllmModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Fills the heap while a model is running. Forked by {@link ContainmentEndToEndTest}. */
final class OutOfMemoryProgram {
  private static final int BLOCK = 16 << 10;

  private OutOfMemoryProgram() {}

  /** Arguments: library, model file. Prints "alive" if it survives. */
  public static void main(String[] args) {
    RkllmModel model =
        RkllmModel.builder(Path.of(args[1])).library(Path.of(args[0])).contextLength(4096).load();
    for (int i = 0; i < 20; i++) {
      model.generate("count to 3000").text(); // links everything that is linked lazily
    }
    Generation generation = model.generate("count to 3000");
    List<byte[]> hoard = new ArrayList<>();
    try {
      while (true) {
        hoard.add(new byte[BLOCK]);
      }
    } catch (OutOfMemoryError e) {
      waitFor(generation); // with almost no memory left for the callbacks
      hoard.removeLast();
    }
    hoard.clear();
    try {
      generation.text();
    } catch (InferenceException | OutOfMemoryError e) {
      // Either outcome is accepted; only the survival of the process matters.
    }
    System.out.println("alive");
    Runtime.getRuntime().halt(0);
  }

  /** Waits without allocating. */
  private static void waitFor(Generation generation) {
    long begin = System.nanoTime();
    while (!generation.isDone() && System.nanoTime() - begin < 2_000_000_000L) {
      Thread.onSpinWait();
    }
  }
}
