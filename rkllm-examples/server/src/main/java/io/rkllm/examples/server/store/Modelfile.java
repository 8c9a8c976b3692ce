package io.rkllm.examples.server.store;

import io.rkllm.Sampling;
import io.rkllm.input.MediaTags;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a Modelfile says of a model; null where it says nothing.
 *
 * @param from the file name of the model, in the folder of the Modelfile
 * @param huggingFacePath where the tokenizer and the chat template are: a repository of the Hugging
 *     Face hub such as {@code Qwen/Qwen3-0.6B}, or a local folder
 * @param tokenizer the same for the tokenizer alone; takes precedence
 * @param template how conversations are written: the name of a chat format, or a file with a Jinja
 *     template in the folder of the Modelfile
 * @param system the system prompt of conversations that have none
 * @param thinking whether the model thinks where a request does not say
 * @param contextLength tokens of the context
 * @param maxNewTokens token limit of an answer where a request has none
 * @param sampling how tokens are chosen where a request does not say
 * @param imageTags what surrounds images in a prompt
 * @param loras LoRA adapter files in the folder, all applied by name; the first one answers where a
 *     request names none
 * @param promptCache file of a prompt cache in the folder, loaded with the model
 * @param imageSize what the vision encoder beside the model takes and gives
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

  /** One that says nothing of a vision encoder. */
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

  /** One that names the file and says nothing more. */
  public static Modelfile of(String from) {
    return new Modelfile(
        from, null, null, null, null, null, null, null, Sampling.defaults(), null, List.of(), null);
  }

  /**
   * What a text says. What has no effect goes to the log.
   *
   * @param file what it is called in complaints
   * @throws IllegalArgumentException if it cannot be used; says in which line and why
   */
  public static Modelfile parse(String file, String text) {
    return ModelfileReader.parse(file, text, LOG::warn);
  }

  /** The same for another file, or the same file in another place. */
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

  /** The same with a repository or folder for tokenizer and chat template. */
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

  /** The same, but what the other one says counts; its LoRA adapters are added, its FROM is not. */
  public Modelfile overriddenBy(Modelfile other) {
    return ModelfileReader.parse(
        from,
        ModelfileWriter.write(this)
            + ModelfileWriter.write(other)
            + ModelfileWriter.write(Modelfile.of(from)),
        _ -> {}); // what is written has all effect it can have
  }
}
