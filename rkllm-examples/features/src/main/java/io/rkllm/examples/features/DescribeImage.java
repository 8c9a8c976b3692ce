package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.input.Images;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Asks a question about an image.
 *
 * <p>Arguments: a vision-language model, its library, and a file with the output of its vision
 * encoder for one image; without them, the simulator and a model for it. The encoder is a separate
 * model, which Rockchip's RKNN runtime runs on the same NPU; its output is read here as raw floats.
 */
final class DescribeImage {
  // Of Qwen2-VL-2B as converted by the vendor: an image of 392 × 392 is 196 rows of 1536 floats.
  private static final int PIXELS = 392;
  private static final int ROWS = 196;
  private static final int WIDTH = 1536;

  public static void main(String[] args) throws IOException {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("eyes.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .imageTags(MediaTags.QWEN_VL_IMAGE)
            .embeddingWidth(WIDTH)
            .load()) {
      float[] encoded = args.length > 2 ? floatsOf(Path.of(args[2])) : pictureOfACat();
      Images picture = Images.of(encoded, WIDTH, ROWS, PIXELS, PIXELS);
      var question = MultimodalPrompt.of("<image>What is in the picture?", picture);
      System.out.println(model.generate(question).text());
    }
  }

  private static float[] floatsOf(Path file) throws IOException {
    var floats =
        ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] values = new float[floats.remaining()];
    floats.get(values);
    return values;
  }

  /**
   * Returns an image for the simulator, which identifies images by the mean of their floats; see
   * eyes.rkllm.
   */
  private static float[] pictureOfACat() {
    float[] values = new float[ROWS * WIDTH];
    Arrays.fill(values, 0.25f);
    return values;
  }
}
