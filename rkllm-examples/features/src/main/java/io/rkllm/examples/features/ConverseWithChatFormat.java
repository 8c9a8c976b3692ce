package io.rkllm.examples.features;

import io.rkllm.InferenceSession;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.chat.ChatFormat;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Holds several conversations alternately on one model. With a chat format, each session sends its
 * whole conversation, and the runtime reuses the part that it has processed already.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class ConverseWithChatFormat {
  public static void main(String[] args) {
    try (RkllmModel model =
            RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
                .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
                .chatFormat(ChatFormat.chatMl())
                .load();
        InferenceSession ada = model.openSession();
        InferenceSession bob =
            model.openSession(SessionOptions.builder().systemPrompt("Be brief.").build())) {
      System.out.println("to Ada: " + ada.generate("My name is Ada.").text());
      System.out.println("to Bob: " + bob.generate("My name is Bob.").text());
      System.out.println("to Ada: " + ada.generate("What is my name?").text());
      System.out.println("to Bob: " + bob.generate("What is my name?").text());
      System.out.println("to no one: " + model.generate("What is my name?").text());
    }
  }
}
