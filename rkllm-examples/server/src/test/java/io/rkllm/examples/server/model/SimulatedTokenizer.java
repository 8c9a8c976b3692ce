package io.rkllm.examples.server.model;

import io.rkllm.examples.server.http.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * The files that a model's makers publish, for a tokenizer with the ids of the simulator: each byte
 * is a token, and so is each control token.
 */
public final class SimulatedTokenizer {
  /** The control tokens in the order of their ids, from 256 on; see docs/simulator-models.md. */
  private static final List<String> CONTROL_TOKENS =
      List.of(
          "<|endoftext|>",
          "<|im_start|>",
          "<|im_end|>",
          "<|vision_start|>",
          "<|vision_end|>",
          "<|image_pad|>",
          "<|video_pad|>");

  /** A token that the tokenizers of some models have, and the simulator does not. */
  static final String BOS = "<bos>";

  private static final int BOS_ID = 256 + CONTROL_TOKENS.size();

  /** The ways in which a tokenizer specifies that a sequence begins with {@link #BOS}. */
  enum Begin {
    /** No {@link #BOS}. */
    NONE,
    /** The template of the post-processor. */
    POST_PROCESSOR,
    /** The entry {@code add_bos_token}. */
    ADD_BOS_TOKEN
  }

  private static final String TEMPLATE =
      "{% for message in messages %}<|im_start|>{{ message.role }}\n"
          + "{{ message.content }}<|im_end|>\n"
          + "{% endfor %}<|im_start|>assistant{{ '\n"
          + "' }}";

  private SimulatedTokenizer() {}

  /** Writes them into a folder, which is made if there is none. */
  public static void write(Path folder) throws IOException {
    write(folder, Begin.NONE, TEMPLATE);
  }

  /** Writes them for a tokenizer that has {@link #BOS} too. */
  static void write(Path folder, Begin begin, String template) throws IOException {
    Files.createDirectories(folder);
    ObjectNode config = Json.object().put("chat_template", template).put("eos_token", "<|im_end|>");
    ObjectNode tokenizer = tokenizer();
    if (begin == Begin.POST_PROCESSOR) {
      tokenizer.set("post_processor", beginning());
    }
    if (begin != Begin.NONE) {
      config.put("bos_token", BOS);
    }
    if (begin == Begin.ADD_BOS_TOKEN) {
      config.put("add_bos_token", true);
    }
    Files.write(folder.resolve("tokenizer.json"), Json.MAPPER.writeValueAsBytes(tokenizer));
    Files.write(folder.resolve("tokenizer_config.json"), Json.MAPPER.writeValueAsBytes(config));
  }

  /** Returns the number of tokens of a text without {@link #BOS}. */
  static int count(String text) {
    for (String token : CONTROL_TOKENS) {
      text = text.replace(token, "_");
    }
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static ObjectNode beginning() {
    ObjectNode json = Json.object().put("type", "TemplateProcessing");
    ObjectNode special = Json.object();
    special.putObject("SpecialToken").put("id", BOS).put("type_id", 0);
    ObjectNode sequence = Json.object();
    sequence.putObject("Sequence").put("id", "A").put("type_id", 0);
    json.putArray("single").add(special).add(sequence);
    ObjectNode second = Json.object();
    second.putObject("Sequence").put("id", "B").put("type_id", 1);
    json.putArray("pair").add(special).add(sequence).add(special).add(second);
    ObjectNode token = json.putObject("special_tokens").putObject(BOS).put("id", BOS);
    token.putArray("ids").add(BOS_ID);
    token.putArray("tokens").add(BOS);
    return json;
  }

  private static ObjectNode tokenizer() {
    ObjectNode json = Json.object().put("version", "1.0");
    var added = json.putArray("added_tokens");
    List<String> tokens = new ArrayList<>(CONTROL_TOKENS);
    tokens.add(BOS);
    for (int i = 0; i < tokens.size(); i++) {
      added
          .addObject()
          .put("id", 256 + i)
          .put("content", tokens.get(i))
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
