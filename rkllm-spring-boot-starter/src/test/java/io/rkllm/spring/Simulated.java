package io.rkllm.spring;

import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.tools.format.ChatFormats;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Models on the simulator. */
final class Simulated {
  /** Loaded once for all tests of this JVM. */
  static final RkllmModel MODEL = builder().load();

  private Simulated() {}

  static RkllmModel.Builder builder() {
    return RkllmModel.builder(file())
        .library(library())
        .chatFormat(ChatFormats.qwen3())
        .contextLength(4096);
  }

  static Path library() {
    return Simulator.library(Release.V1_3_1);
  }

  static Path file() {
    return file("assistant.rkllm");
  }

  static Path file(String name) {
    URL resource = Simulated.class.getResource("/" + name);
    try {
      return Path.of(Objects.requireNonNull(resource, name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
