package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.tools.format.ChatFormats;
import io.rkllm.tools.format.JinjaChatFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
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

  private static final Map<String, Supplier<ChatFormat>> NAMED =
      new TreeMap<>(
          Map.of(
              "chatml", ChatFormat::chatMl,
              "qwen2", ChatFormats::qwen2,
              "qwen3", ChatFormats::qwen3,
              "llama3", ChatFormats::llama3,
              "gemma", ChatFormats::gemma,
              "deepseek", ChatFormats::deepSeek,
              "phi3", ChatFormats::phi3,
              "phi4-mini", ChatFormats::phi4Mini,
              "mistral", ChatFormats::mistral));

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
    Found found = find(model, tokenizer.isPresent());
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
      var _ = find(model, false);
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

  /**
   * @param tokenized whether the token that begins a sequence has to be written, since no tokenizer
   *     of the runtime puts it in
   */
  private static @Nullable Found find(StoredModel model, boolean tokenized) {
    Modelfile modelfile = model.modelfile();
    if (modelfile.template() != null) {
      return named(modelfile.template(), model, tokenized);
    }
    if (modelfile.huggingFacePath() != null) {
      Optional<Path> folder =
          HuggingFaceFiles.folderWith("tokenizer_config.json", modelfile.huggingFacePath(), model);
      if (folder.isPresent()) {
        JinjaChatFormat format = JinjaChatFormat.fromTokenizerConfig(folder.get());
        return new Found(
            format.toBuilder().writeBosToken(tokenized).build(), "the template in " + folder.get());
      }
    }
    return ChatFormats.forModel(String.valueOf(model.file().getFileName()))
        .or(() -> ChatFormats.forModel(model.name()))
        .map(format -> new Found(format, "the chat format of its family"))
        .orElse(null);
  }

  private static Found named(String template, StoredModel model, boolean tokenized) {
    Supplier<ChatFormat> named = NAMED.get(template);
    if (named != null) {
      return new Found(named.get(), "the chat format " + template);
    }
    Path file = model.folder().resolve(template).normalize();
    if (!file.startsWith(model.folder()) || !Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "TEMPLATE of "
              + model.name()
              + " must be one of "
              + String.join(", ", NAMED.keySet())
              + ", or a file with a Jinja template beside the Modelfile; was "
              + template);
    }
    try {
      if (Files.size(file) > MAX_TEMPLATE) {
        throw new IllegalArgumentException(
            "TEMPLATE of %s names %s, which has more than %d bytes and is not a template"
                .formatted(model.name(), template, MAX_TEMPLATE));
      }
      return new Found(
          JinjaChatFormat.builder(Files.readString(file)).writeBosToken(tokenized).build(),
          "the template " + template);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
