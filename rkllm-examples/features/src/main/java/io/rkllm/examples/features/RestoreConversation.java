package io.rkllm.examples.features;

import io.rkllm.InferenceSession;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.List;

/**
 * Continues a stored conversation: with a chat format, a session can be given the earlier messages.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class RestoreConversation {
  public static void main(String[] args) {
    List<ChatMessage> yesterday =
        List.of(
            new ChatMessage.User("My name is Ada."),
            new ChatMessage.Assistant("Nice to meet you, Ada."));
    SessionOptions options =
        SessionOptions.builder().systemPrompt("Be brief.").history(yesterday).build();
    try (RkllmModel model =
            RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
                .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
                .chatFormat(ChatFormat.chatMl())
                .load();
        InferenceSession session = model.openSession(options)) {
      System.out.println(session.generate("What is my name?").text());
    }
  }
}
