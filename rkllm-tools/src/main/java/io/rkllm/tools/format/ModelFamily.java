package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import io.rkllm.file.ModelFile;
import io.rkllm.input.MediaTags;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.parser.Dialect;
import io.rkllm.tools.parser.Dialects;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A family of models: the names by which it is recognized, its chat format, and its dialect.
 *
 * {@snippet :
 * ModelFamily family = ModelFamily.ofModel("Qwen3-0.6B_w8a8_rk3588.rkllm").orElseThrow();
 * RkllmModel.builder(path).chatFormat(family.chatFormat().orElseThrow()).load();
 * }
 *
 * <p>Immutable and thread-safe.
 */
public final class ModelFamily {
  private final String name;
  private final @Nullable Pattern models;
  private final @Nullable ChatFormat chatFormat;
  private final Dialect dialect;
  private final Thinking thinking;
  private final boolean knowsTools;
  private final @Nullable MediaTags imageTags;
  private final @Nullable MediaTags videoTags;
  private final @Nullable MediaTags audioTags;

  /** The thinking mode of a family of models. */
  public enum Thinking {
    /** The models do not think. */
    NONE,
    /** The models think on request. */
    OPTIONAL,
    /** The models always think. */
    ALWAYS
  }

  private ModelFamily(Entry from) {
    name = from.name;
    models = from.models;
    chatFormat = from.chatFormat;
    dialect = from.dialect;
    thinking = from.thinking;
    knowsTools = from.knowsTools && from.chatFormat != null;
    imageTags = from.imageTags;
    videoTags = from.videoTags;
    audioTags = from.audioTags;
  }

  /** Returns all families. If several match a model, the first is used. */
  public static List<ModelFamily> all() {
    return Families.ALL;
  }

  /** Returns the family of this name, such as {@code qwen3}. */
  public static Optional<ModelFamily> named(String name) {
    Check.nonNull("name", name);
    return Families.ALL.stream().filter(family -> family.name.equals(name)).findFirst();
  }

  /**
   * Returns the family of a model by its name or file name, such as {@code
   * Qwen3-4B-Instruct-2507_w8a8_rk3588.rkllm}; empty if the name matches no family.
   */
  public static Optional<ModelFamily> ofModel(String model) {
    String name = Check.nonNull("model", model).toLowerCase(Locale.ROOT);
    return Families.ALL.stream()
        .filter(family -> family.models != null && family.models.matcher(name).find())
        .findFirst();
  }

  /** Returns the family of a model file, by its metadata; empty if that matches no family. */
  public static Optional<ModelFamily> ofFile(ModelFile file) {
    Check.nonNull("file", file);
    return Stream.of(file.name(), file.modelClass(), file.architecture())
        .flatMap(Optional::stream)
        .flatMap(name -> ofModel(name).stream())
        .findFirst();
  }

  /** Returns the name of the family, such as {@code qwen3}. */
  public String name() {
    return name;
  }

  /**
   * Returns the chat format; empty if none of {@link ChatFormats} is suitable. In that case {@link
   * ChatFormat#chatMl} or the model's own template may be.
   */
  public Optional<ChatFormat> chatFormat() {
    return Optional.ofNullable(chatFormat);
  }

  /** Returns the dialect of the models; {@link Dialects#DETECTED} if it is not known. */
  public Dialect dialect() {
    return dialect;
  }

  /** Returns the thinking mode of the models. */
  public Thinking thinking() {
    return thinking;
  }

  /** Returns whether {@link #chatFormat} can write tools. */
  public boolean knowsTools() {
    return knowsTools;
  }

  /** Returns the tags of images, if the models accept images. */
  public Optional<MediaTags> imageTags() {
    return Optional.ofNullable(imageTags);
  }

  /** Returns the tags of videos, if the models accept videos. */
  public Optional<MediaTags> videoTags() {
    return Optional.ofNullable(videoTags);
  }

  /** Returns the tags of audio clips, if the models accept audio. */
  public Optional<MediaTags> audioTags() {
    return Optional.ofNullable(audioTags);
  }

  /** Returns {@link #name}. */
  @Override
  public String toString() {
    return name;
  }

  /** A family under construction: an entry of {@link Families}. */
  static final class Entry {
    private final String name;
    private final @Nullable Pattern models;
    private @Nullable ChatFormat chatFormat;
    private Dialect dialect = Dialects.DETECTED;
    private Thinking thinking = Thinking.NONE;
    private boolean knowsTools = true;
    private @Nullable MediaTags imageTags;
    private @Nullable MediaTags videoTags;
    private @Nullable MediaTags audioTags;

    /**
     * @param models a regular expression that is found in the lower-case names of its models; null
     *     if the family is found by its own name alone
     */
    Entry(String name, @Nullable String models) {
      this.name = name;
      this.models = models == null ? null : Pattern.compile(models);
    }

    Entry format(ChatFormat format) {
      chatFormat = format;
      return format instanceof FamilyFormat family ? dialect(family.dialect()) : this;
    }

    Entry dialect(Dialect dialect) {
      this.dialect = dialect;
      return this;
    }

    Entry thinks(Thinking thinking) {
      this.thinking = thinking;
      return this;
    }

    Entry withoutTools() {
      knowsTools = false;
      return this;
    }

    Entry images(MediaTags tags) {
      imageTags = tags;
      return this;
    }

    Entry videos(MediaTags tags) {
      videoTags = tags;
      return this;
    }

    Entry audio(MediaTags tags) {
      audioTags = tags;
      return this;
    }

    ModelFamily build() {
      return new ModelFamily(this);
    }
  }
}
