package io.rkllm.examples.server.store;

import io.rkllm.Sampling;
import io.rkllm.input.MediaTags;
import org.jspecify.annotations.Nullable;

/** Writes Modelfiles that {@link ModelfileReader} and RKLLama can read. */
public final class ModelfileWriter {
  private final StringBuilder text = new StringBuilder();

  private ModelfileWriter() {}

  /** Returns a Modelfile as text. */
  public static String write(Modelfile modelfile) {
    ModelfileWriter writer = new ModelfileWriter();
    writer.put("FROM", modelfile.from());
    writer.put("HUGGINGFACE_PATH", modelfile.huggingFacePath());
    writer.put("TOKENIZER", modelfile.tokenizer());
    writer.put("TEMPLATE", modelfile.template());
    writer.put("SYSTEM", modelfile.system());
    writer.put("ENABLE_THINKING", modelfile.thinking());
    writer.put("NUM_CTX", modelfile.contextLength());
    writer.put("MAX_NEW_TOKENS", modelfile.maxNewTokens());
    writer.put(modelfile.sampling());
    ImageSize size = modelfile.imageSize();
    if (size != null) {
      writer.put("IMAGE_WIDTH", size.width());
      writer.put("IMAGE_HEIGHT", size.height());
      writer.put("N_IMAGE_TOKENS", size.tokens());
    }
    MediaTags tags = modelfile.imageTags();
    if (tags != null) {
      writer.put("IMG_START", tags.start());
      writer.put("IMG_END", tags.end());
      writer.put("IMG_CONTENT", tags.content());
    }
    modelfile.loras().forEach(file -> writer.put("LORA", file));
    writer.put("PROMPT_CACHE", modelfile.promptCache());
    return writer.text.toString();
  }

  /** Returns a line with one setting, whose value may contain any characters. */
  public static String line(String key, String value) {
    ModelfileWriter writer = new ModelfileWriter();
    writer.put(key, value);
    return writer.text.toString();
  }

  private void put(Sampling sampling) {
    put("TEMPERATURE", sampling.temperature());
    put("TOP_K", sampling.topK());
    put("TOP_P", sampling.topP());
    put("REPEAT_PENALTY", sampling.repeatPenalty());
    put("FREQUENCY_PENALTY", sampling.frequencyPenalty());
    put("PRESENCE_PENALTY", sampling.presencePenalty());
    put("MIROSTAT", sampling.mirostat());
    put("MIROSTAT_TAU", sampling.mirostatTau());
    put("MIROSTAT_ETA", sampling.mirostatEta());
  }

  private void put(String key, @Nullable Object value) {
    if (value instanceof String words) {
      text.append(key).append("=\"").append(escaped(words)).append("\"\n");
    } else if (value != null) {
      text.append(key).append('=').append(value).append('\n');
    }
  }

  private static String escaped(String words) {
    return words
        .replace("\\", "\\\\")
        .replace("\"", "\\\"")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\t", "\\t");
  }
}
