package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.Json;
import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelValue;
import io.rkllm.runtime.Soc;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The properties of a model file, for {@code show}. Properties that the file does not have are null
 * in JSON.
 */
final class ModelFileFacts {
  private ModelFileFacts() {}

  static void addTo(ObjectNode json, ModelFile file) {
    json.put("architecture", file.architecture().orElse(null))
        .put("model_class", file.modelClass().orElse(null))
        .put("toolkit", file.toolkit().orElse(null));
    platform(json, file);
    put(json, "npu_cores", file.npuCores());
    put(json, "max_context", file.maxContext());
    put(json, "trained_context", file.trainedContext());
    put(json, "vocab_size", file.vocabularySize());
    put(json, "embedding_length", file.embeddingWidth());
    put(json, "layers", file.layers());
    put(json, "heads", file.heads());
    put(json, "key_value_heads", file.keyValueHeads());
    OptionalLong parameters = file.parameters();
    json.put("parameters", parameters.isPresent() ? (Long) parameters.getAsLong() : null);
    json.put("tokenizer", tokenizer(file).orElse(null))
        .put("chat_template", file.hasChatTemplate())
        .put("embeddings", file.hasEmbeddings())
        .put("vision", file.hasVision());
  }

  private static void put(ObjectNode json, String key, OptionalInt value) {
    json.put(key, value.isPresent() ? (Integer) value.getAsInt() : null);
  }

  /** Adds the name of the SoC, or the number in the file if the SoC is unknown. */
  private static void platform(ObjectNode json, ModelFile file) {
    Optional<Soc> soc = file.platform();
    if (soc.isEmpty()
        && file.value("rkllm.platform").orElse(null) instanceof ModelValue.Whole number) {
      json.put("platform", number.value());
    } else {
      json.put("platform", soc.map(Soc::name).orElse(null));
    }
  }

  /** Returns the kind of tokenizer, such as {@code gpt2}; empty if the file has none. */
  private static Optional<String> tokenizer(ModelFile file) {
    return file.hasVocabulary()
            && file.value("tokenizer.ggml.model").orElse(null)
                instanceof ModelValue.Text(String kind)
        ? Optional.of(kind)
        : Optional.empty();
  }

  /** Returns the properties as rows of a table. */
  static List<List<String>> rows(ModelFile file) {
    ObjectNode json = Json.object();
    addTo(json, file);
    List<List<String>> rows = new ArrayList<>();
    json.properties()
        .forEach(
            fact -> rows.add(List.of(fact.getKey().replace('_', ' '), words(fact.getValue()))));
    return rows;
  }

  private static String words(JsonNode value) {
    if (value.isNull()) {
      return "not known";
    }
    return value.isBoolean() ? value.booleanValue() ? "yes" : "no" : value.asString();
  }
}
