package io.rkllm.examples.server.http;

import io.rkllm.ContextOverflowException;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.ModelBusyException;
import io.rkllm.ModelLoadException;
import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmException;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.examples.server.chat.PromptTooLongException;
import io.rkllm.examples.server.hub.PullException;
import io.rkllm.examples.server.model.NoRoomException;
import io.rkllm.examples.server.model.PoolClosedException;
import io.rkllm.examples.server.store.UnknownModelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of what was thrown. */
final class Faults {
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  private Faults() {}

  static RequestException of(Throwable thrown) {
    String words = String.valueOf(thrown.getMessage());
    return switch (thrown) {
      case RequestException e -> e;
      case UnknownModelException _ -> RequestException.of(404, "model_not_found", words);
      case PromptTooLongException _, ContextOverflowException _ ->
          RequestException.of(400, "context_length_exceeded", words);
      case PullException _ -> RequestException.of(502, "pull_failed", words);
      case InterruptedException _ ->
          RequestException.busy("the server is stopping; this was cut off");
      case ModelBusyException _, NoRoomException _, PoolClosedException _ ->
          RequestException.busy(words);
      case UnsupportedFeatureException _ ->
          RequestException.of(400, "unsupported_parameter", words);
      case InferenceTimeoutException _ -> RequestException.of(504, "timeout", words);
      case ModelLoadException _, NativeLibraryException _ -> {
        LOG.error("{}", words);
        yield RequestException.of(500, "model_load_failed", words);
      }
      case RkllmException _ -> {
        LOG.error("{}", words);
        yield RequestException.of(500, "generation_failed", words);
      }
      case IllegalArgumentException _ -> RequestException.of(400, "invalid_value", words);
      default -> {
        LOG.error("a request failed", thrown);
        yield RequestException.of(
            500, "internal_error", "the server made a mistake; its log says more");
      }
    };
  }
}
