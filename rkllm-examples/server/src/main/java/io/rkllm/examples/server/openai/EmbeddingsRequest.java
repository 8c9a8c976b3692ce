package io.rkllm.examples.server.openai;

import io.rkllm.examples.server.chat.EmbedRequest;
import io.rkllm.examples.server.chat.Vectors;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
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
 * @param embed the texts
 * @param base64 whether vectors are sent as Base64 of 32-bit little-endian floats rather than as
 *     numbers
 */
record EmbeddingsRequest(EmbedRequest embed, boolean base64) {
  private static final int MAX_INPUTS = 2_048;

  static EmbeddingsRequest read(RequestObject body) {
    String model = body.requiredText("model");
    if (body.integer("dimensions", 1, Integer.MAX_VALUE) != null) {
      throw RequestException.unsupported(
          "dimensions", "dimensions: the vectors are as long as the model's hidden states");
    }
    String format = body.text("encoding_format");
    if (format != null && !format.equals("float") && !format.equals("base64")) {
      throw RequestException.badParameter(
          "encoding_format", "encoding_format must be float or base64, was " + format);
    }
    return new EmbeddingsRequest(
        new EmbedRequest(model, texts(body), true, false, null), "base64".equals(format));
  }

  /**
   * Reads a text or an array of texts. Token ids are rejected, because clients create them with the
   * vocabulary of another model, and native code would not check them.
   */
  private static List<String> texts(RequestObject body) {
    JsonNode input = body.value("input");
    if (input == null) {
      throw body.missing("input");
    }
    if (!input.isArray()) {
      return List.of(text(input));
    }
    if (input.isEmpty() || input.size() > MAX_INPUTS) {
      throw RequestException.badParameter(
          "input", "input must hold 1 to " + MAX_INPUTS + " texts, held " + input.size());
    }
    return input.valueStream().map(EmbeddingsRequest::text).toList();
  }

  private static String text(JsonNode json) {
    if (json.isNumber() || json.isArray()) {
      throw RequestException.unsupported(
          "input",
          "input must be a string or an array of strings; token ids are those of another"
              + " vocabulary than this model's");
    }
    if (!json.isString() || json.stringValue().isEmpty()) {
      throw RequestException.badParameter(
          "input", "input must be a string or an array of strings, none of them empty");
    }
    return json.stringValue();
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
