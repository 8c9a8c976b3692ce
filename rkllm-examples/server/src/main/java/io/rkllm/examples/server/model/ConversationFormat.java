package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.tools.format.JinjaChatFormat;
import io.rkllm.tools.format.ModelFamily;
import io.rkllm.tools.format.TokenizerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How conversations are written for a model.
 *
 * @param chatFormat what the model is loaded with; empty for the runtime's own template
 * @param renderer renders conversations into prompts
 */
record ConversationFormat(Optional<ChatFormat> chatFormat, PromptRenderer renderer) {
  private static final Logger LOG = LoggerFactory.getLogger(ConversationFormat.class);

  /** Far more than any template has, and far less than a model file. */
  private static final long MAX_TEMPLATE = 1 << 20;

  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";

  /** A format and where it comes from. */
  private record Found(ChatFormat format, String from) {}

  /**
   * By the Modelfile's TEMPLATE, else by the template of its HUGGINGFACE_PATH, else by the name of
   * the model, else by the runtime's own template. Where the tokenizer is at hand too, prompts
   * become token ids.
   *
   * @throws IllegalArgumentException if the Modelfile names what cannot be used
   */
  static ConversationFormat of(StoredModel model) {
    Optional<Path> tokenizer = tokenizer(model);
    Found found = find(model, tokenizer);
    if (found == null) {
      return new ConversationFormat(Optional.empty(), new RuntimeTemplateRenderer());
    }
    PromptRenderer renderer =
        tokenizer
            .<PromptRenderer>map(
                folder ->
                    new TokenizingRenderer(
                        found.format, folder, model.file(), found.from + ", tokens by " + folder))
            .orElseGet(() -> new ChatFormatRenderer(found.format, found.from));
    return new ConversationFormat(Optional.of(found.format), renderer);
  }

  /**
   * Checks the template of a model.
   *
   * @throws IllegalArgumentException if it cannot be used
   */
  static void check(StoredModel model) {
    if (model.modelfile().template() != null) {
      var _ = find(model, Optional.empty());
    }
  }

  /**
   * Returns the chat format of a model, without loading a tokenizer; empty for the runtime's own
   * template, or if the Modelfile names what cannot be used.
   */
  static Optional<ChatFormat> chatFormat(StoredModel model) {
    try {
      return Optional.ofNullable(find(model, Optional.empty())).map(Found::format);
    } catch (IllegalArgumentException | UncheckedIOException e) {
      return Optional.empty(); // loading it will say what is wrong
    }
  }

  private static Optional<Path> tokenizer(StoredModel model) {
    Modelfile modelfile = model.modelfile();
    String repository =
        modelfile.tokenizer() != null ? modelfile.tokenizer() : modelfile.huggingFacePath();
    if (repository == null) {
      return Optional.empty();
    }
    Optional<Path> folder = HuggingFaceFiles.folderWith("tokenizer.json", repository, model);
    if (folder.isEmpty()) {
      LOG.warn(
          "{}: the tokenizer of {} is not on this machine, so prompts are counted by the runtime;"
              + " put its tokenizer.json and tokenizer_config.json into {}",
          model.name(),
          repository,
          model.folder().resolve(ModelStore.TOKENIZER));
    }
    return folder;
  }

  private static @Nullable Found find(StoredModel model, Optional<Path> tokenizer) {
    Modelfile modelfile = model.modelfile();
    if (modelfile.template() != null) {
      return named(modelfile.template(), model, tokenizer);
    }
    if (modelfile.huggingFacePath() != null) {
      Optional<Path> folder =
          HuggingFaceFiles.folderWith(TOKENIZER_CONFIG, modelfile.huggingFacePath(), model);
      if (folder.isPresent()) {
        JinjaChatFormat format = JinjaChatFormat.fromTokenizerConfig(folder.get());
        // With a tokenizer at hand, the model's own template decides how a sequence begins.
        return new Found(
            format.toBuilder().writeBosToken(tokenizer.isPresent()).build(),
            "the template in " + folder.get());
      }
    }
    return model
        .family()
        .flatMap(ModelFamily::chatFormat)
        .map(format -> new Found(format, "the chat format of its family"))
        .orElse(null);
  }

  private static Found named(String template, StoredModel model, Optional<Path> tokenizer) {
    Optional<ChatFormat> named = ModelFamily.named(template).flatMap(ModelFamily::chatFormat);
    if (named.isPresent()) {
      return new Found(named.get(), "the chat format " + template);
    }
    Path file = model.folder().resolve(template).normalize();
    if (!file.startsWith(model.folder()) || !Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "TEMPLATE of "
              + model.name()
              + " must be one of "
              + ModelFamily.all().stream()
                  .filter(family -> family.chatFormat().isPresent())
                  .map(ModelFamily::name)
                  .collect(Collectors.joining(", "))
              + ", or a file with a Jinja template beside the Modelfile; was "
              + template);
    }
    try {
      if (Files.size(file) > MAX_TEMPLATE) {
        throw new IllegalArgumentException(
            "TEMPLATE of %s names %s, which has more than %d bytes and is not a template"
                .formatted(model.name(), template, MAX_TEMPLATE));
      }
      JinjaChatFormat.Builder format = JinjaChatFormat.builder(Files.readString(file));
      tokenizer
          .filter(folder -> Files.isRegularFile(folder.resolve(TOKENIZER_CONFIG)))
          .ifPresent(folder -> format.tokensOf(TokenizerConfig.read(folder)));
      return new Found(format.build(), "the template " + template);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
