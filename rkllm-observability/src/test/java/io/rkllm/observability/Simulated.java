package io.rkllm.observability;

import io.rkllm.RkllmModel;
import io.rkllm.event.ModelListener;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** A model on the simulator. */
final class Simulated {
  private Simulated() {}

  static RkllmModel.Builder model(ModelListener listener) {
    URL resource = Objects.requireNonNull(Simulated.class.getResource("/counter.rkllm"));
    try {
      return RkllmModel.builder(Path.of(resource.toURI()))
          .library(Simulator.library(Release.V1_3_1))
          .listener(listener);
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
