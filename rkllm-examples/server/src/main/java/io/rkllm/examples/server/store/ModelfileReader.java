package io.rkllm.examples.server.store;

import io.rkllm.Sampling;
import io.rkllm.input.MediaTags;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads Modelfiles with the keys of RKLLama, additional keys of this server, and Ollama's
 * instructions. Lines without an effect cause warnings; invalid values are rejected. If a key is
 * given twice, the last value is used, except for LORA.
 */
final class ModelfileReader {
  private static final Set<String> SINGLE =
      Set.of(
          "FROM",
          "HUGGINGFACE_PATH",
          "TOKENIZER",
          "TEMPLATE",
          "SYSTEM",
          "ENABLE_THINKING",
          "NUM_CTX",
          "MAX_NEW_TOKENS",
          "TEMPERATURE",
          "TOP_K",
          "TOP_P",
          "REPEAT_PENALTY",
          "FREQUENCY_PENALTY",
          "PRESENCE_PENALTY",
          "MIROSTAT",
          "MIROSTAT_TAU",
          "MIROSTAT_ETA",
          "IMAGE_WIDTH",
          "IMAGE_HEIGHT",
          "N_IMAGE_TOKENS",
          "IMG_START",
          "IMG_END",
          "IMG_CONTENT",
          "PROMPT_CACHE");
  private static final String LORA = "LORA";

  /**
   * The maximum length, far more than needed. All Modelfiles of a store are read to list its
   * models.
   */
  private static final int MAX_LENGTH = 1 << 20;

  private static final Map<String, String> OTHER_NAMES =
      Map.of("ADAPTER", LORA, "NUM_PREDICT", "MAX_NEW_TOKENS", "THINKING", "ENABLE_THINKING");

  private final String file;
  private final Consumer<String> warnings;
  private final Map<String, ModelfileEntry> values = new HashMap<>();
  private final List<String> loras = new ArrayList<>();

  private ModelfileReader(String file, Consumer<String> warnings) {
    this.file = file;
    this.warnings = warnings;
  }

  /**
   * Reads the text of a Modelfile.
   *
   * @throws IllegalArgumentException if it is too long or not UTF-8
   */
  static String readText(Path file) throws IOException {
    try {
      checkLength(file.toString(), Files.size(file));
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + " is not UTF-8", e);
    }
  }

  /**
   * Returns the settings in a text.
   *
   * @param file the name of the text in messages
   * @param warnings receives a message for each line that has no effect
   * @throws IllegalArgumentException if the text is invalid; the message names the line
   */
  static Modelfile parse(String file, String text, Consumer<String> warnings) {
    checkLength(file, text.length());
    ModelfileReader reader = new ModelfileReader(file, warnings);
    ModelfileScanner.scan(file, text).forEach(reader::take);
    return reader.modelfile();
  }

  private static void checkLength(String file, long length) {
    if (length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "%s is too long: a Modelfile must be at most %d bytes, was %d"
              .formatted(file, MAX_LENGTH, length));
    }
  }

  private void take(ModelfileEntry entry) {
    if (entry.key().equals("PARAMETER")) {
      String[] parameter = entry.value().split("\\s+", 2);
      String value = parameter.length == 1 ? "" : parameter[1].replaceAll("^\"|\"$", "");
      put(new ModelfileEntry(entry.line(), parameter[0].toUpperCase(Locale.ROOT), value));
    } else {
      put(entry);
    }
  }

  private void put(ModelfileEntry entry) {
    String key = OTHER_NAMES.getOrDefault(entry.key(), entry.key());
    if (key.equals(LORA)) {
      if (!entry.value().isEmpty()) {
        loras.add(entry.value());
      }
    } else if (!SINGLE.contains(key)) {
      warn(entry, "%s is not a key of a Modelfile here and has no effect".formatted(entry.key()));
    } else if (entry.value().isEmpty()) {
      values.remove(key);
    } else if (key.equals("TEMPLATE") && isOllamaTemplate(entry.value())) {
      warn(
          entry,
          "a template in Ollama's language has no effect; name a chat format, a file with a Jinja"
              + " template, or a HUGGINGFACE_PATH");
    } else {
      values.put(key, new ModelfileEntry(entry.line(), key, entry.value()));
    }
  }

  private static boolean isOllamaTemplate(String template) {
    return template.matches("(?s).*\\{\\{-?\\s*(\\.|if |range |end\\b).*");
  }

  private Modelfile modelfile() {
    String from = text("FROM");
    if (from == null) {
      throw new IllegalArgumentException(
          file + " has no FROM; it names the .rkllm file, such as FROM=model.rkllm");
    }
    return new Modelfile(
        from,
        text("HUGGINGFACE_PATH"),
        text("TOKENIZER"),
        text("TEMPLATE"),
        text("SYSTEM"),
        flag("ENABLE_THINKING"),
        contextLength(),
        maxNewTokens(),
        sampling(),
        imageTags(),
        loras,
        text("PROMPT_CACHE"),
        imageSize());
  }

  private @Nullable String text(String key) {
    ModelfileEntry entry = values.get(key);
    return entry == null ? null : entry.value();
  }

  private @Nullable Boolean flag(String key) {
    ModelfileEntry entry = values.get(key);
    if (entry == null) {
      return null;
    }
    return switch (entry.value().toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "1", "y", "t" -> true;
      case "false", "no", "off", "0", "n", "f" -> false;
      default -> throw invalid(entry, "must be true or false");
    };
  }

  private @Nullable Integer integer(String key, int min, int max) {
    Double number = number(key, min, max);
    if (number != null && number != Math.rint(number)) {
      throw invalid(entry(key), "must be a whole number");
    }
    return number == null ? null : number.intValue();
  }

  private @Nullable Double number(String key, double min, double max) {
    ModelfileEntry entry = values.get(key);
    if (entry == null) {
      return null;
    }
    double number;
    try {
      number = Double.parseDouble(entry.value());
    } catch (NumberFormatException e) {
      throw invalid(entry, "must be a number in [%s, %s]".formatted(plain(min), plain(max)));
    }
    if (!(number >= min && number <= max)) {
      throw invalid(entry, "must be in [%s, %s]".formatted(plain(min), plain(max)));
    }
    return number;
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }

  private @Nullable Integer contextLength() {
    Integer tokens = integer("NUM_CTX", 32, 16_384);
    if (tokens != null && tokens % 32 != 0) {
      warn(
          entry("NUM_CTX"),
          "NUM_CTX must be a multiple of 32, was %d; taken as %d"
              .formatted(tokens, tokens / 32 * 32));
      return tokens / 32 * 32;
    }
    return tokens;
  }

  /** Returns the token limit. Negative numbers mean no limit, as in Ollama and the runtime. */
  private @Nullable Integer maxNewTokens() {
    Integer tokens = integer("MAX_NEW_TOKENS", -2, 16_384);
    if (tokens != null && tokens == 0) {
      throw invalid(entry("MAX_NEW_TOKENS"), "must be in [1, 16384], or -1 for no limit");
    }
    return tokens == null || tokens < 0 ? null : tokens;
  }

  private Sampling sampling() {
    double tiny = 1e-6;
    Sampling.Builder sampling = Sampling.builder();
    Integer topK = integer("TOP_K", 0, 1_000_000); // 0 considers all tokens
    if (topK != null && topK > 0) {
      sampling.topK(topK);
    }
    Double temperature = number("TEMPERATURE", 0, 100);
    if (temperature != null) {
      sampling.temperature(temperature);
    }
    Double topP = number("TOP_P", 0, 1); // 0 selects greedily
    if (topP != null) {
      sampling.topP(Math.max(topP, tiny));
    }
    Double repeat = number("REPEAT_PENALTY", tiny, 100);
    if (repeat != null) {
      sampling.repeatPenalty(repeat);
    }
    Double frequency = number("FREQUENCY_PENALTY", -2, 2);
    if (frequency != null) {
      sampling.frequencyPenalty(frequency);
    }
    Double presence = number("PRESENCE_PENALTY", -2, 2);
    if (presence != null) {
      sampling.presencePenalty(presence);
    }
    Integer mirostat = integer("MIROSTAT", 0, 2);
    if (mirostat != null) {
      sampling.mirostat(mirostat);
    }
    Double tau = number("MIROSTAT_TAU", tiny, 100);
    if (tau != null) {
      sampling.mirostatTau(tau);
    }
    Double eta = number("MIROSTAT_ETA", tiny, 100);
    if (eta != null) {
      sampling.mirostatEta(eta);
    }
    return sampling.build();
  }

  private @Nullable MediaTags imageTags() {
    String content = text("IMG_CONTENT");
    if (content == null) {
      for (String key : List.of("IMG_START", "IMG_END")) {
        if (values.containsKey(key)) {
          warn(entry(key), key + " has no effect without IMG_CONTENT");
        }
      }
      return null;
    }
    String start = text("IMG_START");
    String end = text("IMG_END");
    return new MediaTags(start == null ? "" : start, end == null ? "" : end, content);
  }

  private @Nullable ImageSize imageSize() {
    Integer width = integer("IMAGE_WIDTH", 1, 65_536);
    Integer height = integer("IMAGE_HEIGHT", 1, 65_536);
    Integer tokens = integer("N_IMAGE_TOKENS", 1, 65_536);
    if (width != null && height != null && tokens != null) {
      return new ImageSize(width, height, tokens);
    }
    for (String key : List.of("IMAGE_WIDTH", "IMAGE_HEIGHT", "N_IMAGE_TOKENS")) {
      if (values.containsKey(key)) {
        warn(
            entry(key),
            key + " has no effect without the others of IMAGE_WIDTH, IMAGE_HEIGHT, N_IMAGE_TOKENS");
      }
    }
    return null;
  }

  private ModelfileEntry entry(String key) {
    ModelfileEntry entry = values.get(key);
    if (entry == null) {
      throw new IllegalStateException(key);
    }
    return entry;
  }

  private IllegalArgumentException invalid(ModelfileEntry entry, String wanted) {
    return new IllegalArgumentException(
        "%s line %d: %s %s, was %s"
            .formatted(file, entry.line(), entry.key(), wanted, entry.value()));
  }

  private void warn(ModelfileEntry entry, String words) {
    warnings.accept(file + " line " + entry.line() + ": " + words);
  }
}
