package io.rkllm.examples.server.ollama;

import io.rkllm.Sampling;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.model.LoadedModelInfo;
import io.rkllm.examples.server.model.ModelSummary;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The properties of a model as reported by Ollama. */
final class ModelFacts {
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE); // as in Ollama

  private final StoredModel model;
  private final ModelSummary summary;

  ModelFacts(StoredModel model) {
    this.model = model;
    summary = ModelSummary.of(model);
  }

  /** Returns the entry of a list. */
  ObjectNode listed() {
    ObjectNode json = named().put("modified_at", model.modifiedAt().toString());
    json.set("details", details());
    return json;
  }

  /**
   * Returns the entry of {@code ps}, which reports the whole model as being in the memory of the
   * NPU.
   */
  ObjectNode loaded(LoadedModelInfo loaded) {
    ObjectNode json = named();
    json.set("details", details());
    return json.put(
            "expires_at", loaded.unloadAt().orElseGet(() -> Instant.now().plus(FOREVER)).toString())
        .put("size_vram", model.size())
        .put("context_length", loaded.contextLength());
  }

  private ObjectNode named() {
    return Json.object()
        .put("name", tagged())
        .put("model", tagged())
        .put("size", model.size())
        .put("digest", digest());
  }

  /** Returns the name with a tag, since clients try to pull a model whose name has none. */
  private String tagged() {
    return model.name().contains(":") ? model.name() : model.name() + ":latest";
  }

  /**
   * Returns a digest of name, size and time. It changes with the file, but does not require reading
   * gigabytes.
   */
  private String digest() {
    String text = model.name() + "\n" + model.size() + "\n" + model.modifiedAt().toEpochMilli();
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private ObjectNode details() {
    ObjectNode details =
        Json.object().put("parent_model", "").put("format", "rkllm").put("family", familyName());
    details.putArray("families").add(familyName());
    return details
        .put("parameter_size", summary.parameterSize().orElse(""))
        .put("quantization_level", summary.quantization().orElse(""));
  }

  private String familyName() {
    return summary.family().orElse("rkllm");
  }

  /**
   * Returns the response to {@code show}.
   *
   * @param defaultContext the context length of models whose Modelfile has none
   */
  ObjectNode shown(int defaultContext) {
    Modelfile modelfile = model.modelfile();
    int context = summary.servedContext(defaultContext);
    List<String> capabilities = summary.capabilities();
    ObjectNode json =
        Json.object()
            .put("modelfile", modelfileText())
            .put("parameters", parameters(modelfile))
            .put("template", template(capabilities))
            .put("modified_at", model.modifiedAt().toString());
    if (modelfile.system() != null) {
      json.put("system", modelfile.system());
    }
    json.set("details", details());
    json.putObject("model_info")
        .put("general.architecture", familyName())
        .put("general.basename", model.name())
        .put(familyName() + ".context_length", context);
    ArrayNode listed = json.putArray("capabilities");
    capabilities.forEach(listed::add);
    return json;
  }

  /**
   * Returns a template in Ollama's language that contains the variables supported by the model's
   * chat format. Clients do not render the template, but search it for these names to determine the
   * capabilities of the model.
   */
  private static String template(List<String> capabilities) {
    String tools = "{{ if .Tools }}{{ .Tools }}{{ end }}";
    String calls = "{{ if .ToolCalls }}{{ .ToolCalls }}{{ end }}";
    String thinking = "{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}";
    return "{{ if .System }}{{ .System }}{{ end }}"
        + (capabilities.contains("tools") ? tools : "")
        + "{{ range .Messages }}{{ .Role }}: "
        + (capabilities.contains("thinking") ? thinking : "")
        + "{{ .Content }}"
        + (capabilities.contains("tools") ? calls : "")
        + "{{ end }}";
  }

  private String modelfileText() {
    try {
      return Files.readString(model.folder().resolve(ModelStore.MODELFILE));
    } catch (IOException _) { // a model without a chat format
      return "FROM=\"" + model.modelfile().from() + "\"\n";
    }
  }

  private static String parameters(Modelfile modelfile) {
    Sampling sampling = modelfile.sampling();
    StringBuilder lines = new StringBuilder();
    line(lines, "num_ctx", modelfile.contextLength());
    line(lines, "num_predict", modelfile.maxNewTokens());
    line(lines, "temperature", sampling.temperature());
    line(lines, "top_k", sampling.topK());
    line(lines, "top_p", sampling.topP());
    line(lines, "repeat_penalty", sampling.repeatPenalty());
    line(lines, "frequency_penalty", sampling.frequencyPenalty());
    line(lines, "presence_penalty", sampling.presencePenalty());
    line(lines, "mirostat", sampling.mirostat());
    line(lines, "mirostat_tau", sampling.mirostatTau());
    line(lines, "mirostat_eta", sampling.mirostatEta());
    return lines.toString().stripTrailing();
  }

  private static void line(StringBuilder lines, String name, @Nullable Number value) {
    if (value != null) {
      lines.append("%-30s %s\n".formatted(name, value));
    }
  }
}
