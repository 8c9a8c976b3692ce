package io.rkllm.examples.server.message;

import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.file.ModelFile;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The properties of a model file that are reported in lists of models.
 *
 * @param family the architecture, such as {@code qwen3}
 * @param contextLength the context length that the Modelfile sets, if any
 * @param contextLimit the maximum context length of the model, if known
 * @param parameterSize the size, such as {@code 1.7B}; empty if unknown
 * @param capabilities the capabilities of the model, by Ollama's names; empty if unknown
 */
public record ModelSummary(
    Optional<String> family,
    OptionalInt contextLength,
    OptionalInt contextLimit,
    Optional<String> parameterSize,
    List<String> capabilities) {

  /** Reads the properties of a model's file; all are unknown if its format is. */
  public static ModelSummary of(StoredModel model) {
    Integer own = model.modelfile().contextLength();
    OptionalInt context = own == null ? OptionalInt.empty() : OptionalInt.of(own);
    return model
        .facts()
        .map(file -> of(file, context))
        .orElse(
            new ModelSummary(
                Optional.empty(), context, OptionalInt.empty(), Optional.empty(), List.of()));
  }

  private static ModelSummary of(ModelFile file, OptionalInt context) {
    return new ModelSummary(
        file.architecture(),
        context,
        file.maxContext(),
        file.parameters().stream().mapToObj(ModelSummary::size).findFirst(),
        capabilities(file));
  }

  /**
   * Returns the context length that the server loads the model with.
   *
   * @param defaultContext the context length of models whose Modelfile does not set one
   */
  public int servedContext(int defaultContext) {
    return contextLength.orElse(Math.min(defaultContext, contextLimit.orElse(defaultContext)));
  }

  private static String size(long parameters) {
    return parameters >= 1_000_000_000
        ? "%.1fB".formatted(parameters / 1e9)
        : "%.0fM".formatted(parameters / 1e6);
  }

  /** Returns the capabilities, judging by the variables that the chat template uses. */
  private static List<String> capabilities(ModelFile file) {
    String template = file.chatTemplate().orElse("").toLowerCase(Locale.ROOT);
    return template.isEmpty()
        ? List.of()
        : Stream.of(
                Optional.of("completion"),
                Optional.of("tools").filter(_ -> template.contains("tools")),
                Optional.of("thinking").filter(_ -> template.contains("think")),
                Optional.of("vision").filter(_ -> file.hasVision()))
            .flatMap(Optional::stream)
            .toList();
  }

  /**
   * Adds the known properties to a JSON object.
   *
   * @param defaultContext the context length of models whose Modelfile does not set one
   */
  public void addTo(ObjectNode json, int defaultContext) {
    json.put("context_length", servedContext(defaultContext));
    family.ifPresent(name -> json.put("family", name));
    parameterSize.ifPresent(size -> json.put("parameter_size", size));
    if (!capabilities.isEmpty()) {
      ArrayNode array = json.putArray("capabilities");
      capabilities.forEach(array::add);
    }
  }
}
