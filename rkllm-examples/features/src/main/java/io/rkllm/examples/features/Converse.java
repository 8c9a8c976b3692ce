package io.rkllm.examples.features;

import io.rkllm.InferenceSession;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Holds a conversation in a session, which keeps its messages.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class Converse {
  public static void main(String[] args) {
    try (RkllmModel model =
            RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
                .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
                .load();
        InferenceSession session = model.openSession()) {
      System.out.println(session.generate("My name is Ada.").text());
      System.out.println(session.generate("What is my name?").text());
      session.clear();
      System.out.println(session.generate("What is my name?").text());
    }
  }
}
