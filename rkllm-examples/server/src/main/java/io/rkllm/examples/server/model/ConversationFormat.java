package io.rkllm.examples.server.model;

import io.rkllm.ModelLoadException;
import io.rkllm.chat.ChatFormat;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelFileException;
import io.rkllm.tokenizer.ModelTokenizer;
import io.rkllm.tools.format.JinjaChatFormat;
import io.rkllm.tools.format.ModelFamily;
import io.rkllm.tools.format.ModelFileChat;
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
 * The format in which conversations are passed to a model.
 *
 * @param chatFormat the chat format that the model is loaded with; empty for the runtime's own
 *     template
 * @param renderer renders conversations into prompts
 */
record ConversationFormat(Optional<ChatFormat> chatFormat, PromptRenderer renderer) {
  private static final Logger LOG = LoggerFactory.getLogger(ConversationFormat.class);

  /**
   * The maximum size of a template file: far larger than any template, and far smaller than a model
   * file.
   */
  private static final long MAX_TEMPLATE = 1 << 20;

  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";

  /** A chat format and its origin. */
  private record Found(ChatFormat format, String from) {}

  /**
   * Returns the format of a model. The chat format is selected by the first of these that is
   * present: the Modelfile's TEMPLATE, the template in its HUGGINGFACE_PATH, the template in the
   * model file, the name of the model or the architecture in its file, and the runtime's own
   * template. If a tokenizer is also available, from the HUGGINGFACE_PATH or the file, prompts
   * become token ids.
   *
   * @throws IllegalArgumentException if the Modelfile refers to something that cannot be used
   */
  static ConversationFormat of(StoredModel model) {
    Optional<Path> tokenizer = tokenizer(model);
    try {
      return of(model, tokenizer);
    } catch (ModelLoadException e) { // the native library of the tokenizers cannot be used here
      LOG.warn(
          "{}: {}. Until then the runtime turns prompts into tokens, and their exact number is not"
              + " known.",
          model.name(),
          e.getMessage());
      return of(model, Optional.empty());
    }
  }

  private static ConversationFormat of(StoredModel model, Optional<Path> tokenizer) {
    Optional<ModelFile> file = model.facts();
    Found found = find(model, tokenizer, file);
    if (found == null) {
      return new ConversationFormat(Optional.empty(), new RuntimeTemplateRenderer());
    }
    if (tokenizer.isEmpty()) {
      Optional<ModelTokenizer> own = file.flatMap(facts -> tokenizer(facts, model));
      if (own.isPresent()) {
        ModelFileChat chat = new ModelFileChat(found.format, own.get());
        String description = found.from + ", tokens by the model file";
        return new ConversationFormat(
            Optional.of(found.format), new FileTokensRenderer(chat, description));
      }
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
      var _ = find(model, Optional.empty(), Optional.empty());
    }
  }

  /**
   * Returns the chat format of a model, without loading a tokenizer; empty for the runtime's own
   * template, or if the Modelfile refers to something that cannot be used.
   */
  static Optional<ChatFormat> chatFormat(StoredModel model) {
    try {
      return Optional.ofNullable(find(model, Optional.empty(), model.facts())).map(Found::format);
    } catch (IllegalArgumentException | UncheckedIOException e) {
      return Optional.empty(); // loading the model will report the error
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
          "{}: the tokenizer of {} is not on this machine, so {}; to use it, put its tokenizer.json"
              + " and tokenizer_config.json into {}",
          model.name(),
          repository,
          model.facts().filter(ModelFile::hasTokenizer).isPresent()
              ? "the one in the model file is used"
              : "prompts are counted by the runtime",
          model.folder().resolve(ModelStore.TOKENIZER));
    }
    return folder;
  }

  /** Reads the tokenizer in the model file; empty if the file has no usable tokenizer. */
  private static Optional<ModelTokenizer> tokenizer(ModelFile file, StoredModel model) {
    try {
      Optional<ModelTokenizer> tokenizer = ModelTokenizer.of(file);
      if (tokenizer.isEmpty()) {
        ModelTokenizer.unsupported(file)
            .ifPresent(
                reason ->
                    LOG.warn(
                        "{}: the tokenizer in its file cannot be used: {}. The runtime turns"
                            + " prompts into tokens, and their exact number is not known; to count"
                            + " them, set HUGGINGFACE_PATH in the Modelfile",
                        model.name(),
                        reason));
      }
      if (tokenizer.isPresent() && ModelTokenizer.correctsRuntime(file)) {
        LOG.warn(
            "{}: its file says that text is split by default rules, with which numbers are read"
                + " wrongly; the rules of its family are used instead",
            model.name());
      }
      return tokenizer;
    } catch (ModelFileException e) {
      LOG.warn("{}: the tokenizer in its file cannot be used: {}", model.name(), e.getMessage());
      return Optional.empty();
    }
  }

  private static @Nullable Found find(
      StoredModel model, Optional<Path> tokenizer, Optional<ModelFile> file) {
    Modelfile modelfile = model.modelfile();
    if (modelfile.template() != null) {
      return named(modelfile.template(), model, tokenizer);
    }
    if (modelfile.huggingFacePath() != null) {
      Optional<Path> folder =
          HuggingFaceFiles.folderWith(TOKENIZER_CONFIG, modelfile.huggingFacePath(), model);
      if (folder.isPresent()) {
        JinjaChatFormat format = JinjaChatFormat.fromTokenizerConfig(folder.get());
        // If a tokenizer is available, the model's own template decides how a sequence begins.
        return new Found(
            format.toBuilder().writeBosToken(tokenizer.isPresent()).build(),
            "the template in " + folder.get());
      }
    }
    if (file.filter(ModelFile::hasChatTemplate).isPresent()) {
      Optional<Found> own = template(file.get(), model);
      if (own.isPresent()) {
        return own.get();
      }
    }
    return model
        .family()
        .flatMap(ModelFamily::chatFormat)
        .map(format -> new Found(format, "the chat format of its family"))
        .orElse(null);
  }

  private static Optional<Found> template(ModelFile file, StoredModel model) {
    try {
      return JinjaChatFormat.fromModelFile(file)
          .map(format -> new Found(format, "the template in the model file"));
    } catch (IllegalArgumentException | ModelFileException e) {
      LOG.warn("{}: the template in its file cannot be used: {}", model.name(), e.getMessage());
      return Optional.empty();
    }
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
