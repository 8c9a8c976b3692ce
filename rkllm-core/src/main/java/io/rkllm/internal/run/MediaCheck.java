package io.rkllm.internal.run;

import io.rkllm.UnsupportedFeatureException;
import io.rkllm.input.Audio;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.Media;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.Videos;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.ModelConfig;
import org.jspecify.annotations.Nullable;

/** Checks that a model and its runtime support the media of an input. */
public final class MediaCheck {
  private MediaCheck() {}

  /**
   * Checks an input before it is queued.
   *
   * @throws IllegalStateException if the model was loaded without the tags for such media
   * @throws UnsupportedFeatureException if the runtime does not support such an input
   */
  public static void check(Input input, ModelConfig config, RuntimeInfo runtime) {
    if (input instanceof MultimodalPrompt prompt) {
      prompt.media().forEach(media -> check(media, config, runtime));
    }
  }

  private static void check(Media media, ModelConfig config, RuntimeInfo runtime) {
    switch (media) {
      case Images _ -> requireTags(config.imageTags(), "images", "imageTags");
      case Videos _ -> {
        runtime.require(Capability.VIDEO);
        requireTags(config.videoTags(), "videos", "videoTags");
      }
      case Audio _ -> {
        runtime.require(Capability.AUDIO);
        requireTags(config.audioTags(), "audio", "audioTags");
      }
    }
  }

  private static void requireTags(@Nullable MediaTags tags, String what, String option) {
    if (tags == null) {
      throw new IllegalStateException(
          "the model was loaded without its family's tags for "
              + what
              + "; load it with RkllmModel.Builder."
              + option);
    }
  }
}
