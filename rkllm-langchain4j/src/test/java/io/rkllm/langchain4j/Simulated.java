package io.rkllm.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.tools.format.ChatFormats;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Models on the simulator, loaded once for all tests of this JVM. */
final class Simulated {
  /** Release 1.2, which has no sampling for a single answer. */
  static final RkllmModel V1_2 = builder(Release.V1_2).load();

  static final RkllmModel V1_3 = builder(Release.V1_3_1).load();

  private Simulated() {}

  /** Returns a chat model on each of the models. */
  static List<ChatModel> chatModels() {
    return List.of(
        RkllmChatModel.builder().model(V1_2).build(), RkllmChatModel.builder().model(V1_3).build());
  }

  static RkllmModel.Builder builder(Release release) {
    return builder("assistant.rkllm", release);
  }

  static RkllmModel.Builder builder(String file, Release release) {
    return RkllmModel.builder(file(file))
        .library(Simulator.library(release))
        .chatFormat(ChatFormats.qwen3())
        .contextLength(4096);
  }

  static RkllmModel.Builder withoutFormat() {
    return RkllmModel.builder(file("assistant.rkllm")).library(Simulator.library(Release.V1_3_1));
  }

  private static Path file(String name) {
    URL resource = Simulated.class.getResource("/" + name);
    try {
      return Path.of(Objects.requireNonNull(resource).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
