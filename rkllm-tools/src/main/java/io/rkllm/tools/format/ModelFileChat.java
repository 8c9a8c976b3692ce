package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelFileException;
import io.rkllm.input.TokenPrompt;
import io.rkllm.tokenizer.ModelTokenizer;
import io.rkllm.tools.internal.Check;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Converts conversations to token ids with the chat template and the tokenizer of a model file.
 *
 * {@snippet :
 * ModelFileChat chat = ModelFileChat.of(ModelFile.read(path)).orElseThrow();
 * try (RkllmModel model = RkllmModel.builder(path).chatFormat(chat.format()).load()) {
 *   TokenPrompt prompt = chat.prompt(conversation);
 *   System.out.println(prompt.tokens() + " tokens");
 *   System.out.println(model.generate(prompt).text());
 * }
 * }
 *
 * <p>Immutable and thread-safe.
 *
 * @param format renders conversations
 * @param tokenizer converts them to token ids
 */
public record ModelFileChat(ChatFormat format, ModelTokenizer tokenizer) {
  private static final Logger LOG = LoggerFactory.getLogger(ModelFileChat.class);

  /** Checks that nothing is null. */
  public ModelFileChat {
    Check.nonNull("format", format);
    Check.nonNull("tokenizer", tokenizer);
  }

  /**
   * Reads the template and the tokenizer of a model file, which takes up to a second. If the file
   * has no usable template, the format is that of the model's family.
   *
   * @return empty if the file has no supported tokenizer, or neither a template nor a known family
   * @throws io.rkllm.file.ModelFileException if the file has changed or cannot be read
   */
  public static Optional<ModelFileChat> of(ModelFile file) {
    Optional<ChatFormat> format = formatOf(file);
    return format.isEmpty()
        ? Optional.empty()
        : ModelTokenizer.of(file).map(tokenizer -> new ModelFileChat(format.get(), tokenizer));
  }

  /**
   * Returns the chat format of a model file: its template if it has one that can be used, else the
   * format of its family.
   *
   * @throws io.rkllm.file.ModelFileException if the file has changed or cannot be read
   */
  public static Optional<ChatFormat> formatOf(ModelFile file) {
    return template(Check.nonNull("file", file))
        .or(() -> ModelFamily.ofFile(file).flatMap(ModelFamily::chatFormat));
  }

  /**
   * Returns the chat format of a model file; also of one that cannot be read, in which case it is
   * that of the family that the name of the file indicates.
   *
   * {@snippet :
   * RkllmModel.Builder builder = RkllmModel.builder(path);
   * ModelFileChat.formatOf(path).ifPresent(builder::chatFormat);
   * }
   */
  public static Optional<ChatFormat> formatOf(Path file) {
    Check.nonNull("file", file);
    return readFormat(file)
        .or(
            () ->
                ModelFamily.ofModel(String.valueOf(file.getFileName()))
                    .flatMap(ModelFamily::chatFormat));
  }

  private static Optional<ChatFormat> readFormat(Path file) {
    try {
      return formatOf(ModelFile.read(file));
    } catch (ModelFileException e) {
      LOG.debug("{}: {}", file, e.getMessage()); // loading the model fails for the same reason
      return Optional.empty();
    }
  }

  private static Optional<ChatFormat> template(ModelFile file) {
    try {
      return JinjaChatFormat.fromModelFile(file).map(ChatFormat.class::cast);
    } catch (IllegalArgumentException e) {
      LOG.warn(
          "{}: its chat template cannot be used, so that of its family is: {}",
          file.path().getFileName(),
          e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Returns the prompt of a conversation.
   *
   * @throws IllegalArgumentException if the format cannot render it, for example because it does
   *     not support tools
   */
  public TokenPrompt prompt(Conversation conversation) {
    return prompt(format.render(Check.nonNull("conversation", conversation)));
  }

  /** Returns the prompt of text that the format has rendered. */
  public TokenPrompt prompt(String rendered) {
    return TokenPrompt.of(
        format.writesBeginToken() ? tokenizer.encode(rendered) : tokenizer.encodePrompt(rendered));
  }
}
