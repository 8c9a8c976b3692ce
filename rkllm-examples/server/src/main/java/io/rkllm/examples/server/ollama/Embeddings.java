package io.rkllm.examples.server.ollama;

import io.rkllm.examples.server.chat.EmbedRequest;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.chat.Vectors;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request for embeddings, in one of two formats.
 *
 * @param request the texts
 * @param begin the time at which the request arrived, in terms of {@link System#nanoTime}
 */
record Embeddings(EmbedRequest request, long begin) {
  private static final int MAX_INPUTS = 2_048;

  /**
   * Reads the body of {@code /api/embed}, which has any number of texts and asks for vectors of
   * length 1.
   */
  static Embeddings read(RequestObject body) {
    if (body.integer("dimensions", 1, Integer.MAX_VALUE) != null) {
      throw RequestException.unsupported(
          "dimensions", "dimensions: the vectors are as long as the model's hidden states");
    }
    List<String> texts = body.texts("input");
    if (texts.size() > MAX_INPUTS) {
      throw RequestException.badParameter(
          "input", "input must hold at most " + MAX_INPUTS + " texts, held " + texts.size());
    }
    JsonNode input = body.value("input");
    if (input == null) {
      throw body.missing("input");
    }
    boolean nothing = input.isString() && input.stringValue().isEmpty();
    return of(body, nothing ? List.of() : texts, true);
  }

  /**
   * Reads the body of {@code /api/embeddings}, which has one text and asks for the original vector.
   */
  static Embeddings readOlder(RequestObject body) {
    String prompt = body.text("prompt");
    return of(body, prompt == null || prompt.isEmpty() ? List.of() : List.of(prompt), false);
  }

  private static Embeddings of(RequestObject body, List<String> texts, boolean normalize) {
    boolean truncate = !Boolean.FALSE.equals(body.flag("truncate"));
    return new Embeddings(
        new EmbedRequest(
            body.requiredText("model"), texts, normalize, truncate, KeepAlive.read(body)),
        System.nanoTime());
  }

  /** Embeds the texts, of which there may be none. */
  Vectors embed(Engine engine) {
    return request.texts().isEmpty()
        ? new Vectors(List.of(), 0, Duration.ZERO)
        : engine.embed(request);
  }

  ObjectNode response(Vectors vectors) {
    ObjectNode json = Json.object().put("model", request.model());
    ArrayNode list = json.putArray("embeddings");
    vectors.vectors().forEach(vector -> put(vector, list.addArray()));
    return json.put("total_duration", System.nanoTime() - begin)
        .put("load_duration", vectors.loadTime().toNanos())
        .put("prompt_eval_count", vectors.promptTokens());
  }

  ObjectNode olderResponse(Vectors vectors) {
    ObjectNode json = Json.object();
    ArrayNode numbers = json.putArray("embedding");
    vectors.vectors().forEach(vector -> put(vector, numbers));
    return json;
  }

  private static void put(float[] vector, ArrayNode numbers) {
    for (float number : vector) {
      numbers.add(number);
    }
  }
}
