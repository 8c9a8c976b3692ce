package io.rkllm.internal;

import io.rkllm.UnsupportedFeatureException;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.ModelConfig;

/** Whether a model was loaded to take images and videos. */
final class MediaCheck {
  private MediaCheck() {}

  /**
   * Refuses media that the model was not told the tags of, or the runtime cannot take.
   *
   * @throws IllegalStateException if the model was loaded without the tags
   * @throws UnsupportedFeatureException if the runtime knows no videos
   */
  static void check(Input input, ModelConfig config, RuntimeInfo runtime) {
    if (!(input instanceof MultimodalPrompt prompt)) {
      return;
    }
    if (prompt.videos() != null && !runtime.supports(Capability.VIDEO)) {
      throw new UnsupportedFeatureException(Capability.VIDEO, runtime.release());
    }
    if (prompt.images() != null && config.imageTags() == null) {
      throw withoutTags("images", "imageTags");
    }
    if (prompt.videos() != null && config.videoTags() == null) {
      throw withoutTags("videos", "videoTags");
    }
  }

  private static IllegalStateException withoutTags(String what, String option) {
    return new IllegalStateException(
        "the model was loaded without the tags of its family for "
            + what
            + "; load it with RkllmModel.Builder."
            + option);
  }
}
