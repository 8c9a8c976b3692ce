package io.rkllm.examples.server.ollama;

import io.rkllm.examples.server.http.Exchange;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.LineFormat;
import io.rkllm.examples.server.hub.ModelSource;
import io.rkllm.examples.server.hub.PullProgress;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.StoredModel;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/** Pulls a model and reports the progress in the format that Ollama's clients display. */
final class Pull {
  static final LineFormat LINES =
      new LineFormat(
          "application/x-ndjson; charset=utf-8",
          error -> Json.line(OllamaDialect.errorJson(error)));

  private final ModelSource source;
  private final ModelPool pool;

  Pull(ModelSource source, ModelPool pool) {
    this.source = source;
    this.pool = pool;
  }

  /**
   * Reports the progress. A pull that cannot begin fails with an error status, before the first
   * line.
   */
  void streamed(Exchange exchange, String reference) {
    exchange.lines(
        LINES,
        lines -> {
          fetch(reference, progress -> lines.accept(Json.line(statusOf(progress))));
          lines.accept(Json.line(status("verifying sha256 digest")));
          lines.accept(Json.line(status("success")));
        });
  }

  /** Sends a response when the model has been pulled. */
  void whole(Exchange exchange, String reference) {
    exchange.call(() -> fetch(reference, _ -> {}));
    exchange.send(status("success"));
  }

  private StoredModel fetch(String reference, Consumer<PullProgress> progress)
      throws InterruptedException {
    if (!reference.contains("/")) { // not a file of a hub: clients pull models before using them
      return pool.store().get(reference);
    }
    StoredModel model =
        source.pull(reference.replaceFirst("^https://", ""), null, pool.store(), progress);
    pool.pulled(model);
    return model;
  }

  static ObjectNode status(String status) {
    return Json.object().put("status", status);
  }

  private static ObjectNode statusOf(PullProgress progress) {
    ObjectNode json = status("pulling " + progress.file()).put("digest", progress.file());
    if (progress.total() > 0) {
      json.put("total", progress.total());
    }
    return progress.completed() > 0 ? json.put("completed", progress.completed()) : json;
  }
}
