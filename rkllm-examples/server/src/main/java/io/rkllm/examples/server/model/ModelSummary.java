package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.store.ModelFiles;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.examples.server.store.ValuesByFile;
import io.rkllm.file.ModelFile;
import io.rkllm.tools.format.ChatFormats;
import io.rkllm.tools.format.ModelFamily;
import io.rkllm.tools.format.ModelFamily.Thinking;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The properties of a model that all dialects report. What the model file does not contain is
 * derived from its name, as is customary for converted models: {@code
 * Qwen3-0.6B_W8A8_RK3588.rkllm}.
 *
 * @param family the architecture, such as {@code qwen3}
 * @param contextLength the context length that the Modelfile sets, if any
 * @param contextLimit the maximum context length of the model, if known
 * @param parameterSize the number of parameters, such as {@code 1.7B}
 * @param quantization the quantization, such as {@code W8A8}
 * @param capabilities the capabilities of the model, by Ollama's names
 */
public record ModelSummary(
    Optional<String> family,
    OptionalInt contextLength,
    OptionalInt contextLimit,
    Optional<String> parameterSize,
    Optional<String> quantization,
    List<String> capabilities) {
  private static final Pattern FAMILY = Pattern.compile("[a-z]+(?:\\d+(?:\\.\\d+)?)?");
  private static final Pattern PARAMETERS =
      Pattern.compile("(?<![a-z0-9.])\\d+(?:\\.\\d+)?[bm](?![a-z])");
  private static final Pattern QUANTIZATION = Pattern.compile("w\\d+a\\d+(?:_g\\d+)?");
  private static final Pattern THINKING = Pattern.compile("thinking|reason");
  private static final Pattern EMBEDDING =
      Pattern.compile("embed|(?<![a-z0-9])(?:bge|gte|e5|minilm)(?![a-z])");
  private static final int FP16 = 1; // general.file_type; no other value is known

  private static final ToolDeclaration TOOL =
      new ToolDeclaration("probe_of_tools", "A tool.", "{\"type\":\"object\",\"properties\":{}}");

  /** The summaries by model file: rendering a template takes the whole vocabulary of the file. */
  private static final ValuesByFile<Known> KNOWN = new ValuesByFile<>();

  private record Known(StoredModel model, ModelFiles files, ModelSummary summary) {}

  /** Copies the list. */
  public ModelSummary {
    capabilities = List.copyOf(capabilities);
  }

  /** Returns the summary of a model. It is made once for each state of the model's files. */
  public static ModelSummary of(StoredModel model) {
    ModelFiles files = ModelFiles.of(model, List.of());
    Known known = KNOWN.get(model.file());
    if (known == null || !known.model.equals(model) || !known.files.equals(files)) {
      known = new Known(model, files, read(model));
      KNOWN.put(model.file(), known);
    }
    return known.summary;
  }

  private static ModelSummary read(StoredModel model) {
    Optional<ModelFile> file = model.facts();
    Integer context = model.modelfile().contextLength();
    String fullName = fullName(model);
    return new ModelSummary(
        file.flatMap(ModelFile::architecture).or(() -> first(FAMILY, fullName)),
        context == null ? OptionalInt.empty() : OptionalInt.of(context),
        file.map(ModelFile::maxContext).orElse(OptionalInt.empty()),
        first(PARAMETERS, fullName)
            .map(size -> size.toUpperCase(Locale.ROOT))
            .or(() -> file.flatMap(ModelSummary::parameterSize)),
        first(QUANTIZATION, fullName)
            .map(quantization -> quantization.toUpperCase(Locale.ROOT))
            .or(() -> file.filter(facts -> facts.fileType().orElse(0) == FP16).map(_ -> "FP16")),
        capabilities(model, fullName));
  }

  /**
   * Returns the name of the file, or that of the model if the file's is one such as model.rkllm.
   */
  private static String fullName(StoredModel model) {
    String file = String.valueOf(model.file().getFileName()).toLowerCase(Locale.ROOT);
    return QUANTIZATION.matcher(file).find() ? file : model.name().toLowerCase(Locale.ROOT);
  }

  private static Optional<String> first(Pattern pattern, String name) {
    Matcher found = pattern.matcher(name);
    return found.find() ? Optional.of(found.group()) : Optional.empty();
  }

  private static Optional<String> parameterSize(ModelFile file) {
    return file.parameters().stream()
        .mapToObj(
            count ->
                count >= 1_000_000_000
                    ? "%.1fB".formatted(count / 1e9)
                    : "%.0fM".formatted(count / 1e6))
        .findFirst();
  }

  /**
   * Returns the context length that the server loads the model with.
   *
   * @param defaultContext the context length of models whose Modelfile does not set one
   */
  public int servedContext(int defaultContext) {
    return contextLength.orElse(Math.min(defaultContext, contextLimit.orElse(defaultContext)));
  }

  // ---- Capabilities

  /**
   * Returns the capabilities of a model. A model that only supports embeddings is recognized by its
   * name; all other models support them as well. Vision is not included, since the server has no
   * encoder for images.
   */
  private static List<String> capabilities(StoredModel model, String name) {
    if (EMBEDDING.matcher(name).find()) {
      return List.of("embedding");
    }
    Optional<ChatFormat> format = ConversationFormat.chatFormat(model);
    List<String> capabilities = new ArrayList<>(List.of("completion"));
    if (format.filter(ModelSummary::rendersTools).isPresent()) {
      capabilities.add("tools");
    }
    if (model.modelfile().thinking() != null
        || format.map(ChatFormats::thinks).orElseGet(() -> isKnownToThink(model, name))) {
      capabilities.add("thinking");
    }
    return capabilities;
  }

  private static boolean rendersTools(ChatFormat format) {
    Conversation question = Conversation.of(List.of(new ChatMessage.User("?")));
    try {
      return format.render(question.withTools(List.of(TOOL))).contains(TOOL.name());
    } catch (IllegalArgumentException e) { // a family without tools
      return false;
    }
  }

  private static boolean isKnownToThink(StoredModel model, String name) {
    return THINKING.matcher(name).find()
        || model.family().map(ModelFamily::thinking).orElse(Thinking.NONE) != Thinking.NONE;
  }
}
