package io.rkllm.consumer;

import io.rkllm.RkllmModel;
import java.nio.file.Path;

/** A client that has the SDK on the module path. */
public final class ModularProgram {
  private ModularProgram() {}

  /** Answers one prompt. Arguments: library, model, prompt. */
  public static void main(String[] arguments) {
    try (RkllmModel model =
        RkllmModel.builder(Path.of(arguments[1])).library(Path.of(arguments[0])).load()) {
      System.out.println(RkllmModel.class.getModule() + ": " + model.generate(arguments[2]).text());
    }
  }
}
