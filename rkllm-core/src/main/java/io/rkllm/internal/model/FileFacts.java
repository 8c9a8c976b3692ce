package io.rkllm.internal.model;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelFileException;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.MediaTagsProvider;
import io.rkllm.spi.ModelConfig;
import io.rkllm.tokenizer.ModelTokenizer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The facts in a model's file, read before native code loads it. A file that cannot be read this
 * way is loaded nevertheless, because the vendor does not document the format. Thread-safe.
 */
final class FileFacts {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final FileFacts NONE = new FileFacts(null);

  private final @Nullable ModelFile file;

  private FileFacts(@Nullable ModelFile file) {
    this.file = file;
  }

  /**
   * Reads the file of a model and compares it with what the model is to be loaded with.
   *
   * @param runtimeTemplate whether the model is to be loaded without a chat format
   * @throws ModelLoadException if the runtime would refuse the model
   */
  static FileFacts of(ModelHandle handle, boolean runtimeTemplate) {
    ModelFile file;
    try {
      file = ModelFile.read(handle.config().path());
    } catch (ModelFileException e) {
      LOG.debug("{}: its facts are not known: {}", handle.name(), e.getMessage());
      return NONE;
    }
    checkPlatform(file, handle.runtime().requiredSoc());
    checkContext(file, handle.config());
    checkTokenizer(file, handle.config());
    if (runtimeTemplate && ModelTokenizer.correctsRuntime(file)) {
      LOG.warn(
          "{}: its file says that text is split by default rules, with which the runtime reads"
              + " numbers wrongly; load it with a chat format, so that prompts are passed as token"
              + " ids",
          handle.name());
    }
    handle.takeFacts(file);
    handle.configure(withMediaTags(file, handle));
    return new FileFacts(file);
  }

  private static void checkPlatform(ModelFile file, Optional<Soc> board) {
    Optional<Soc> platform = file.platform();
    if (platform.isPresent() && board.isPresent() && !platform.equals(board)) {
      throw refused(
          file,
          "it was converted for %s, and this board has an %s; use a file that was converted for %s"
              .formatted(platform.get(), board.get(), board.get()));
    }
  }

  private static void checkContext(ModelFile file, ModelConfig config) {
    Integer wanted = config.contextLength();
    int limit = file.maxContext().orElse(0);
    if (wanted != null && limit > 0 && wanted > limit) {
      throw refused(
          file,
          "contextLength is %d, and the model was converted for at most %d tokens; set it to %d or less"
              .formatted(wanted, limit, limit));
    }
  }

  private static void checkTokenizer(ModelFile file, ModelConfig config) {
    if (saysThatThereIsNone(file) && !file.hasVocabulary() && config.tokenizer() == null) {
      throw refused(
          file, "it has no tokenizer; set one with RkllmModel.Builder.tokenizer (release 1.3)");
    }
  }

  /** A file that says nothing of a tokenizer may still have one. */
  private static boolean saysThatThereIsNone(ModelFile file) {
    return file.value("rkllm.has_tokenizer").isPresent() && !file.hasTokenizer();
  }

  /** Adds the tags of the model's family for the media that the runtime accepts. */
  private static ModelConfig withMediaTags(ModelFile file, ModelHandle handle) {
    ModelConfig config = handle.config();
    Optional<MediaTagsProvider> families = Providers.mediaTags();
    if (families.isEmpty()) {
      return config;
    }
    MediaTagsProvider known = families.get();
    RuntimeInfo runtime = handle.runtime().info();
    ModelConfig.Builder completed = config.toBuilder();
    if (config.imageTags() == null) {
      known.imageTags(file).ifPresent(completed::imageTags);
    }
    if (config.videoTags() == null && runtime.supports(Capability.VIDEO)) {
      known.videoTags(file).ifPresent(completed::videoTags);
    }
    if (config.audioTags() == null && runtime.supports(Capability.AUDIO)) {
      known.audioTags(file).ifPresent(completed::audioTags);
    }
    return completed.build();
  }

  private static ModelLoadException refused(ModelFile file, String problem) {
    return new ModelLoadException(
        "cannot load model " + file.path() + ": " + problem,
        file.path(),
        RkllmException.NO_CODE,
        null);
  }

  Optional<ModelFile> file() {
    return Optional.ofNullable(file);
  }
}
