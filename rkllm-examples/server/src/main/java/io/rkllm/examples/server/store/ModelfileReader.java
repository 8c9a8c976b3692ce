package io.rkllm.examples.server.store;

import io.rkllm.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a Modelfile: a line {@code KEY=value} or {@code KEY value} for each setting. */
final class ModelfileReader {
  private ModelfileReader() {}

  static Modelfile read(Path file) throws IOException {
    Map<String, String> values = new HashMap<>();
    for (String line : Files.readAllLines(file)) {
      String text = line.strip();
      int equals = text.indexOf('=');
      if (!text.startsWith("#") && equals > 0) {
        String value = text.substring(equals + 1).strip();
        if (value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")) {
          value = value.substring(1, value.length() - 1);
        }
        if (!value.isEmpty()) {
          values.put(text.substring(0, equals).strip(), value);
        }
      }
    }
    String from = values.get("FROM");
    if (from == null) {
      throw new IllegalArgumentException(file + " has no FROM, which names the .rkllm file");
    }
    return new Modelfile(
        from,
        values.get("HUGGINGFACE_PATH"),
        values.get("TOKENIZER"),
        values.get("TEMPLATE"),
        values.get("SYSTEM"),
        null,
        null,
        null,
        Sampling.defaults(),
        null,
        List.of(),
        null);
  }
}
