package io.rkllm.examples.server.model;

import io.rkllm.examples.server.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * The files that a model's makers publish, for a tokenizer with the ids of the simulator: each byte
 * is a token, and so is each control token.
 */
public final class SimulatedTokenizer {
  /** In the order of their ids, from 256 on; see docs/simulator-models.md. */
  private static final List<String> CONTROL_TOKENS =
      List.of(
          "<|endoftext|>",
          "<|im_start|>",
          "<|im_end|>",
          "<|vision_start|>",
          "<|vision_end|>",
          "<|image_pad|>",
          "<|video_pad|>");

  private static final String TEMPLATE =
      "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
          + "{% endfor %}<|im_start|>assistant{{ '\n' }}";

  private SimulatedTokenizer() {}

  /** Writes them into a folder, which is made if there is none. */
  public static void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve("tokenizer.json"), Json.MAPPER.writeValueAsBytes(tokenizer()));
    Files.write(
        folder.resolve("tokenizer_config.json"),
        Json.MAPPER.writeValueAsBytes(
            Json.object().put("chat_template", TEMPLATE).put("eos_token", "<|im_end|>")));
  }

  private static ObjectNode tokenizer() {
    ObjectNode json = Json.object().put("version", "1.0");
    var added = json.putArray("added_tokens");
    for (int i = 0; i < CONTROL_TOKENS.size(); i++) {
      added
          .addObject()
          .put("id", 256 + i)
          .put("content", CONTROL_TOKENS.get(i))
          .put("special", true)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false);
    }
    json.putNull("normalizer").putNull("post_processor");
    json.set("pre_tokenizer", byteLevel().put("use_regex", false));
    json.set("decoder", byteLevel());
    ObjectNode model = json.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    int next = 256; // bytes that do not print are written as the letters from there on
    for (int b = 0; b < 256; b++) {
      boolean prints = (b > 0x20 && b < 0x7f) || (b > 0xa0 && b != 0xad);
      vocabulary.put(Character.toString(prints ? b : next++), b);
    }
    model.putArray("merges");
    return json;
  }

  private static ObjectNode byteLevel() {
    return Json.object()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", false);
  }
}
