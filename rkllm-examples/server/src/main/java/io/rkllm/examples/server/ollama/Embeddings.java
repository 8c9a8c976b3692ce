package io.rkllm.examples.server.ollama;

import io.rkllm.examples.server.chat.EmbedRequest;
import io.rkllm.examples.server.chat.Vectors;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Vectors of texts, in two shapes.
 *
 * @param request what they are made of
 * @param begin when the request came, by the clock of {@link System#nanoTime}
 */
record Embeddings(EmbedRequest request, long begin) {
  private static final int MAX_INPUTS = 2_048;

  /** Of {@code /api/embed}: any number of texts, and vectors of length 1. */
  static Embeddings read(RequestObject body) {
    if (body.value("dimensions") != null) {
      throw RequestException.unsupported(
          "dimensions", "dimensions: the vectors are as long as the model's hidden states");
    }
    List<String> texts = body.texts("input");
    if (texts.size() > MAX_INPUTS) {
      throw RequestException.badParameter(
          "input", "input must hold at most " + MAX_INPUTS + " texts, held " + texts.size());
    }
    if (body.value("input") == null) {
      throw body.missing("input");
    }
    return of(body, texts, true);
  }

  /** Of {@code /api/embeddings}: one text, and the vector as it is. */
  static Embeddings readOlder(RequestObject body) {
    return of(body, List.of(body.requiredText("prompt")), false);
  }

  private static Embeddings of(RequestObject body, List<String> texts, boolean normalize) {
    return new Embeddings(
        new EmbedRequest(body.requiredText("model"), texts, normalize, KeepAlive.read(body)),
        System.nanoTime());
  }

  /** To no texts. */
  ObjectNode none() {
    ObjectNode json = Json.object().put("model", request.model());
    json.putArray("embeddings");
    return json;
  }

  ObjectNode response(Vectors vectors) {
    ObjectNode json = none();
    ArrayNode list = json.putArray("embeddings");
    vectors.vectors().forEach(vector -> put(vector, list.addArray()));
    return json.put("total_duration", System.nanoTime() - begin)
        .put("load_duration", vectors.loadTime().toNanos())
        .put("prompt_eval_count", vectors.promptTokens());
  }

  ObjectNode olderResponse(Vectors vectors) {
    ObjectNode json = Json.object();
    put(vectors.vectors().getFirst(), json.putArray("embedding"));
    return json;
  }

  private static void put(float[] vector, ArrayNode numbers) {
    for (float number : vector) {
      numbers.add(number);
    }
  }
}
