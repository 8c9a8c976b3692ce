package io.rkllm.examples.server.openai;

import io.rkllm.examples.server.chat.EmbedRequest;
import io.rkllm.examples.server.chat.Vectors;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.input.Input;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request for embeddings.
 *
 * @param embed what vectors are made of
 * @param base64 whether they are sent as Base64 of 32-bit floats, little-endian, and not as numbers
 */
record EmbeddingsRequest(EmbedRequest embed, boolean base64) {
  private static final int MAX_INPUTS = 2_048;

  static EmbeddingsRequest read(RequestObject body) {
    String model = body.requiredText("model");
    if (body.value("dimensions") != null) {
      throw RequestException.unsupported(
          "dimensions", "dimensions: the vectors are as long as the model's hidden states");
    }
    String format = body.text("encoding_format");
    if (format != null && !format.equals("float") && !format.equals("base64")) {
      throw RequestException.badParameter(
          "encoding_format", "encoding_format must be float or base64, was " + format);
    }
    return new EmbeddingsRequest(
        new EmbedRequest(model, inputs(body), true, null), "base64".equals(format));
  }

  /** A text, token ids, or an array of several of one kind. */
  private static List<Input> inputs(RequestObject body) {
    JsonNode input = body.value("input");
    if (input == null) {
      throw body.missing("input");
    }
    if (!input.isArray() || (!input.isEmpty() && input.get(0).isNumber())) {
      return List.of(input("input", input));
    }
    if (input.isEmpty() || input.size() > MAX_INPUTS) {
      throw RequestException.badParameter(
          "input", "input must hold 1 to " + MAX_INPUTS + " texts, held " + input.size());
    }
    return input.valueStream().map(one -> input("input", one)).toList();
  }

  private static Input input(String name, JsonNode json) {
    if (json.isString() && !json.stringValue().isEmpty()) {
      return TextPrompt.of(json.stringValue());
    }
    if (json.isArray()
        && !json.isEmpty()
        && json.valueStream().allMatch(id -> id.canConvertToInt() && id.intValue() >= 0)) {
      return TokenPrompt.of(json.valueStream().mapToInt(JsonNode::intValue).toArray());
    }
    throw RequestException.badParameter(
        name, name + " must be a string, an array of token ids, or an array of these; none empty");
  }

  ObjectNode response(Vectors vectors) {
    ObjectNode list = Json.object().put("object", "list");
    ArrayNode data = list.putArray("data");
    for (float[] vector : vectors.vectors()) {
      ObjectNode embedding =
          data.addObject().put("object", "embedding").put("index", data.size() - 1);
      if (base64) {
        embedding.put("embedding", base64(vector));
      } else {
        ArrayNode numbers = embedding.putArray("embedding");
        for (float number : vector) {
          numbers.add(number);
        }
      }
    }
    list.put("model", embed.model());
    list.putObject("usage")
        .put("prompt_tokens", vectors.promptTokens())
        .put("total_tokens", vectors.promptTokens());
    return list;
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
