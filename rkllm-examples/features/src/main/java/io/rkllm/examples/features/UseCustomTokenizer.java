package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.input.Tokenizer;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Sets a custom tokenizer for a model that was converted without one. Requires release 1.3 of the
 * runtime; with earlier ones, the program prints the message of the exception.
 *
 * <p>Arguments: a model and its library; without them, the simulator and a model for it. For a
 * model from Hugging Face, implement {@code text -> ids} with DJL's HuggingFaceTokenizer and the
 * model's {@code tokenizer.json}.
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

  /** Returns the tokens of a byte-level model, in which each byte is a token. */
  private static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[utf8.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = Byte.toUnsignedInt(utf8[i]);
    }
    return ids;
  }

  /**
   * Returns a tokenizer that prints its calls. It is called on a native thread during a run, and
   * must return quickly.
   */
  private static Tokenizer printing(Tokenizer tokenizer) {
    return text -> {
      int[] ids = tokenizer.encode(text);
      System.out.println("\"" + text + "\" is " + ids.length + " tokens");
      return ids;
    };
  }
}
