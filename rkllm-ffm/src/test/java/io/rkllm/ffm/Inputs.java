package io.rkllm.ffm;

import io.rkllm.input.Audio;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.input.Videos;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Inputs for tests. */
final class Inputs {
  private Inputs() {}

  /** Returns one input of each kind that the ABI supports, in the order of their native numbers. */
  static List<Input> ofEveryKind(Simulator simulator, int width) {
    List<Input> inputs = new ArrayList<>();
    inputs.add(TextPrompt.of("?"));
    inputs.add(TokenPrompt.of(5, 6, 7));
    inputs.add(EmbeddingPrompt.of(rows(3, width, 0.25f), width));
    inputs.add(MultimodalPrompt.of("<image>?", images(1, width, 0.25f)));
    if (simulator.is13()) {
      inputs.add(MultimodalPrompt.of("<video>?", videos(2, width, 0.25f)));
    }
    if (simulator == Simulator.V1_3_1) {
      inputs.add(MultimodalPrompt.of("<audio>?", new Audio(rows(3, width, 0.25f), width, 1, 3)));
    }
    return inputs;
  }

  /** Returns rows with the same value everywhere. */
  static NativeFloats rows(int count, int width, float value) {
    float[] values = new float[count * width];
    Arrays.fill(values, value);
    return NativeFloats.copyOf(values);
  }

  /** Returns images of four tokens and 64 × 48 pixels. */
  static Images images(int count, int width, float value) {
    return new Images(rows(count * 4, width, value), width, count, 4, 64, 48);
  }

  /** Returns a video of three tokens per frame and 32 × 16 pixels. */
  static Videos videos(int frames, int width, float value) {
    return new Videos(rows(frames * 3, width, value), width, 1, frames, 3, 32, 16);
  }
}
