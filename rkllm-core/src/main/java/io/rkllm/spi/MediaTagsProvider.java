package io.rkllm.spi;

import io.rkllm.file.ModelFile;
import io.rkllm.input.MediaTags;
import java.util.Optional;

/**
 * Knows the media tags of families of models, which are the defaults of {@link
 * io.rkllm.RkllmModel.Builder#imageTags imageTags}, {@code videoTags} and {@code audioTags}. Found
 * by {@link java.util.ServiceLoader}; {@code io.rkllm.tools} provides one.
 *
 * @since 0.1.0
 */
public interface MediaTagsProvider {
  /** Returns the tags for images of the family that a model file belongs to. */
  Optional<MediaTags> imageTags(ModelFile file);

  /** Returns the tags for videos of the family that a model file belongs to. */
  Optional<MediaTags> videoTags(ModelFile file);

  /** Returns the tags for audio clips of the family that a model file belongs to. */
  Optional<MediaTags> audioTags(ModelFile file);
}
