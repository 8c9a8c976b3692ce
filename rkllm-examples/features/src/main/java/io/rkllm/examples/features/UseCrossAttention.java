package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.NativeFloats;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Runs a decoder that reads the output of an encoder by cross-attention: for example, speech
 * becomes keys and values, and the decoder writes a transcript.
 *
 * <p>Arguments: a decoder that was converted with cross-attention, and its library; without them,
 * the simulator and a model for it. The encoder is a separate model, which Rockchip's RKNN runtime
 * runs; its output is made up here.
 */
final class UseCrossAttention {
  /** The shape given in the decoder's config.json. */
  private static final CrossAttention.Shape DECODER = new CrossAttention.Shape(2, 2, 16);

  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("ears.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .crossAttention()
            .load()) {
      model.setCrossAttention(encoded(2, 0, 1));
      System.out.println(model.generate("Transcribe.").text());
      model.setCrossAttention(encoded(2, 0, 3, 1));
      System.out.println(model.generate("Transcribe.").text());
    }
  }

  /**
   * Returns keys and values that the simulator maps to words of ears.rkllm. It reads only the first
   * float of each token, whereas a real encoder fills all of them.
   */
  private static CrossAttention encoded(int... words) {
    int tokens = words.length;
    int perToken = DECODER.kvHeads() * DECODER.headDim();
    float[] keys = new float[DECODER.layers() * tokens * perToken]; // [layers][tokens][heads][dim]
    float[] values = new float[keys.length]; // [layers][heads][dim][tokens]
    float[] mask = new float[tokens];
    int[] positions = new int[tokens];
    for (int i = 0; i < tokens; i++) {
      keys[i * perToken] = words[i];
      values[i] = words[i];
      mask[i] = 1; // attention mask: every token may be read
      positions[i] = i;
    }
    return CrossAttention.of(
        DECODER, NativeFloats.copyOf(keys), NativeFloats.copyOf(values), mask, positions);
  }
}
