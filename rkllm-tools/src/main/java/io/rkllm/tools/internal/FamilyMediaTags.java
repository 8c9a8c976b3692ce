package io.rkllm.tools.internal;

import io.rkllm.file.ModelFile;
import io.rkllm.input.MediaTags;
import io.rkllm.spi.MediaTagsProvider;
import io.rkllm.tools.format.ModelFamily;
import java.util.Optional;

/** The media tags of {@link ModelFamily}. */
public final class FamilyMediaTags implements MediaTagsProvider {
  @Override
  public Optional<MediaTags> imageTags(ModelFile file) {
    return ModelFamily.ofFile(file).flatMap(ModelFamily::imageTags);
  }

  @Override
  public Optional<MediaTags> videoTags(ModelFile file) {
    return ModelFamily.ofFile(file).flatMap(ModelFamily::videoTags);
  }

  @Override
  public Optional<MediaTags> audioTags(ModelFile file) {
    return ModelFamily.ofFile(file).flatMap(ModelFamily::audioTags);
  }
}
