package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.input.Audio;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Asks for the content of a recording.
 *
 * <p>Arguments: a model for audio and its library; without them, the simulator and a model for it.
 * The audio encoder is a separate model, which Rockchip's RKNN runtime runs on the same NPU; its
 * output is made up here. Requires release 1.3.1 of the runtime; earlier ones cause an exception
 * with an explanation.
 */
final class TranscribeSpeech {
  private static final int ROWS = 188;
  private static final int WIDTH = 1536;

  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(
                args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("hearing.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .audioTags(MediaTags.GEMMA_4_AUDIO)
            .embeddingWidth(WIDTH)
            .load()) {
      Audio clip = Audio.of(recordingOfAGreeting(), WIDTH, ROWS);
      System.out.println(
          model.generate(MultimodalPrompt.of("<audio>Transcribe this.", clip)).text());
    } catch (UnsupportedFeatureException tooOld) {
      System.out.println(tooOld.getMessage());
    }
  }

  /**
   * Returns a recording for the simulator, which identifies recordings by the mean of their floats;
   * see hearing.rkllm.
   */
  private static float[] recordingOfAGreeting() {
    float[] values = new float[ROWS * WIDTH];
    Arrays.fill(values, 0.25f);
    return values;
  }
}
