package io.rkllm.ffm;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Fills the heap inside a callback of a newly loaded model, to the last byte, until its run ends.
 * Forked by {@link ContainmentEndToEndTest}.
 */
final class FullHeapCallbacksProgram {
  private FullHeapCallbacksProgram() {}

  /**
   * Arguments: library, model file, and whether native code runs asynchronously. Prints the number
   * of tokens.
   */
  public static void main(String[] args) {
    ModelConfig config =
        ModelConfig.builder(Path.of(args[1])).nativeAsync(Boolean.parseBoolean(args[2])).build();
    for (int i = 0; i < 2; i++) { // the first model links what is linked once in a process
      NativeModel model = Simulator.open(Path.of(args[0])).load(config);
      Filler filler = new Filler(i == 1);
      model.run(Runs.prompt("count to 300"), filler);
      System.out.println(filler.tokens + " tokens");
      model.destroy();
    }
  }

  /** Counts tokens, and fills the heap at the tenth. */
  private static final class Filler implements RunObserver {
    private final boolean fills;
    private int tokens;
    private @Nullable Object @Nullable [] hoard; // each element is one in a list

    Filler(boolean fills) {
      this.fills = fills;
    }

    @Override
    public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
      if (++tokens == 10 && fills) {
        for (int size = 1 << 20; size > 0; size /= 2) {
          fillWith(size);
        }
      }
      return true;
    }

    private void fillWith(int length) {
      try {
        while (true) {
          @Nullable Object[] block = new Object[length];
          block[0] = hoard;
          hoard = block;
        }
      } catch (OutOfMemoryError e) {
        // The next blocks are smaller.
      }
    }

    @Override
    public void onMemberEnd(int member) {}

    @Override
    public void onLogits(int member, Logits logits) {}

    @Override
    public void onHiddenStates(int member, HiddenStates states) {}

    @Override
    public void onFinish(RunPerformance performance) {
      hoard = null;
    }

    @Override
    public void onError(@Nullable String message) {}

    @Override
    public void onCallbackFailure(Throwable thrown) { // there was no memory to report the end
      hoard = null;
    }
  }
}
