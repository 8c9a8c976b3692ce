package io.rkllm.examples.server.ollama;

import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.ModelfileWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads a request to create a model from another one of the store, with its own settings. */
final class CreateRequest {
  private static final int MAX_CONTEXT = 16_384;
  private static final List<String> UNSUPPORTED =
      List.of("files", "adapters", "quantize", "messages", "license");

  private CreateRequest() {}

  /**
   * Returns the text of the Modelfile, which is contained in the body in the older form of the API.
   */
  static String modelfile(RequestObject body) {
    for (String member : UNSUPPORTED) {
      JsonNode value = body.value(member);
      if (value != null && !(value.isContainer() && value.isEmpty())) {
        throw RequestException.unsupported(
            member,
            member
                + ": this server only creates models from others of the store, with other settings");
      }
    }
    String older = body.text("modelfile");
    if (older != null) {
      return older;
    }
    RequestObject parameters = body.object("parameters");
    Settings settings = parameters == null ? Settings.NONE : Options.settings(parameters, null);
    Integer context = parameters == null ? null : parameters.integer("num_ctx", 32, MAX_CONTEXT);
    if (parameters != null) {
      parameters.ignore("stop"); // not supported in Modelfiles
    }
    return ModelfileWriter.write(
        new Modelfile(
            body.requiredText("from"),
            null,
            null,
            some(body.text("template")),
            some(body.text("system")),
            null,
            context,
            limit(settings),
            settings.sampling(),
            null,
            List.of(),
            null,
            null));
  }

  private static @Nullable Integer limit(Settings settings) {
    Integer tokens = settings.maxNewTokens();
    return tokens == null ? null : Integer.valueOf(Math.min(tokens, MAX_CONTEXT));
  }

  private static @Nullable String some(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }
}
