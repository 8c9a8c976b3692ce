package io.rkllm.examples.server.store;

import io.rkllm.Sampling;
import io.rkllm.input.MediaTags;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings in a Modelfile; null for settings that are absent.
 *
 * @param from the file name of the model, in the folder of the Modelfile
 * @param huggingFacePath the location of the tokenizer and the chat template: a repository of the
 *     Hugging Face hub such as {@code Qwen/Qwen3-0.6B}, or a local folder
 * @param tokenizer the location of the tokenizer; takes precedence over {@code huggingFacePath}
 * @param template the name of a chat format, or a file with a Jinja template in the folder of the
 *     Modelfile
 * @param system the system prompt of conversations that have none
 * @param thinking whether the model thinks if a request does not say
 * @param contextLength the context length in tokens
 * @param maxNewTokens the token limit of answers if a request has none
 * @param sampling the sampling parameters if a request has none
 * @param imageTags the tags around images in a prompt
 * @param loras LoRA adapter files in the folder, all applied by name; the first one is used if a
 *     request names none
 * @param promptCache the file of a prompt cache in the folder, loaded with the model
 * @param imageSize the input and output sizes of the vision encoder
 */
public record Modelfile(
    String from,
    @Nullable String huggingFacePath,
    @Nullable String tokenizer,
    @Nullable String template,
    @Nullable String system,
    @Nullable Boolean thinking,
    @Nullable Integer contextLength,
    @Nullable Integer maxNewTokens,
    Sampling sampling,
    @Nullable MediaTags imageTags,
    List<String> loras,
    @Nullable String promptCache,
    @Nullable ImageSize imageSize) {
  private static final Logger LOG = LoggerFactory.getLogger(Modelfile.class);

  /** Copies the list. */
  public Modelfile {
    loras = List.copyOf(loras);
  }

  /** Creates settings without a vision encoder. */
  public Modelfile(
      String from,
      @Nullable String huggingFacePath,
      @Nullable String tokenizer,
      @Nullable String template,
      @Nullable String system,
      @Nullable Boolean thinking,
      @Nullable Integer contextLength,
      @Nullable Integer maxNewTokens,
      Sampling sampling,
      @Nullable MediaTags imageTags,
      List<String> loras,
      @Nullable String promptCache) {
    this(
        from,
        huggingFacePath,
        tokenizer,
        template,
        system,
        thinking,
        contextLength,
        maxNewTokens,
        sampling,
        imageTags,
        loras,
        promptCache,
        null);
  }

  /** Returns settings that consist of the model file only. */
  public static Modelfile of(String from) {
    return new Modelfile(
        from, null, null, null, null, null, null, null, Sampling.defaults(), null, List.of(), null);
  }

  /**
   * Parses a Modelfile. Lines without an effect are logged.
   *
   * @param file the name of the file in messages
   * @throws IllegalArgumentException if the text is invalid; the message names the line
   */
  public static Modelfile parse(String file, String text) {
    return ModelfileReader.parse(file, text, LOG::warn);
  }

  /** Returns these settings for another model file. */
  public Modelfile withFrom(String from) {
    return new Modelfile(
        from,
        huggingFacePath,
        tokenizer,
        template,
        system,
        thinking,
        contextLength,
        maxNewTokens,
        sampling,
        imageTags,
        loras,
        promptCache,
        imageSize);
  }

  /** Returns these settings with a repository or folder for tokenizer and chat template. */
  public Modelfile withHuggingFacePath(String huggingFacePath) {
    return new Modelfile(
        from,
        huggingFacePath,
        tokenizer,
        template,
        system,
        thinking,
        contextLength,
        maxNewTokens,
        sampling,
        imageTags,
        loras,
        promptCache,
        imageSize);
  }

  /**
   * Returns these settings, overridden by others. The LoRA adapters of both are used, and FROM is
   * that of these settings.
   */
  public Modelfile overriddenBy(Modelfile other) {
    return ModelfileReader.parse(
        from,
        ModelfileWriter.write(this)
            + ModelfileWriter.write(other)
            + ModelfileWriter.write(Modelfile.of(from)),
        _ -> {}); // written by ModelfileWriter, so there are no warnings
  }
}
