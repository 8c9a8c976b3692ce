package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.input.Tokenizer;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A tokenizer of the program's own, for a model that was converted without one. Needs release 1.3
 * of the runtime; an older one is asked politely and says what it lacks.
 *
 * <p>Arguments: a model and its library; without them, the simulator and a model for it. For a
 * model from Hugging Face, {@code text -> ids} is what DJL's HuggingFaceTokenizer makes of its
 * {@code tokenizer.json}.
 */
final class UseCustomTokenizer {
  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("bytes.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .tokenizer(printing(UseCustomTokenizer::bytes))
            .load()) {
      System.out.println(model.generate("Grüße!").text());
    } catch (UnsupportedFeatureException unsupported) {
      System.out.println(unsupported.getMessage());
    }
  }

  /** As byte-level models have it: each byte is a token. */
  private static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[utf8.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = Byte.toUnsignedInt(utf8[i]);
    }
    return ids;
  }

  /** It is called on a native thread, in the middle of a run: be quick there. */
  private static Tokenizer printing(Tokenizer tokenizer) {
    return text -> {
      int[] ids = tokenizer.encode(text);
      System.out.println("\"" + text + "\" is " + ids.length + " tokens");
      return ids;
    };
  }
}
