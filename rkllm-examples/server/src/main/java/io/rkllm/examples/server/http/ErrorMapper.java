package io.rkllm.examples.server.http;

import io.rkllm.ContextOverflowException;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.ModelBusyException;
import io.rkllm.ModelClosedException;
import io.rkllm.ModelLoadException;
import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmException;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.examples.server.chat.PromptTooLongException;
import io.rkllm.examples.server.hub.PullException;
import io.rkllm.examples.server.model.InsufficientCapacityException;
import io.rkllm.examples.server.model.ModelWaitException;
import io.rkllm.examples.server.model.PoolClosedException;
import io.rkllm.examples.server.store.StoreException;
import io.rkllm.examples.server.store.UnknownModelException;
import io.rkllm.tools.StructuredOutputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maps exceptions to the errors reported to clients. The messages address the users and operators
 * of the server, and therefore name its options rather than classes of the SDK.
 */
final class ErrorMapper {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorMapper.class);

  private static final int MAX_CHARS = 1_000;

  private ErrorMapper() {}

  /** Returns the error for an exception. Logs it if the operator has to act. */
  static RequestException map(Throwable thrown) {
    String message = RequestException.shorten(String.valueOf(thrown.getMessage()), MAX_CHARS);
    return switch (thrown) {
      case RequestException e -> e;
      case UnknownModelException _ -> RequestException.of(404, "model_not_found", message);
      case PromptTooLongException _ -> RequestException.of(400, "context_length_exceeded", message);
      case ContextOverflowException _ ->
          RequestException.of(
              400,
              "context_length_exceeded",
              "the prompt does not fit into the context of this model; shorten the conversation, or"
                  + " raise NUM_CTX in the Modelfile");
      case PullException _ -> RequestException.of(502, "pull_failed", message);
      case InterruptedException _ ->
          RequestException.busy("the server is stopping, and the request was cut off");
      case ModelBusyException busy ->
          RequestException.busy(
              "the queue of this model is full: "
                  + busy.queueCapacity()
                  + " requests are waiting; try again later, or start the server with a larger"
                  + " --queue");
      case ModelWaitException wait ->
          wait.timedOut()
              ? RequestException.of(504, "timeout", message)
              : RequestException.busy(message);
      case InsufficientCapacityException _, PoolClosedException _, ModelClosedException _ ->
          RequestException.busy(message);
      case StructuredOutputException invalid ->
          RequestException.of(
              422,
              "answer_does_not_fit",
              "the model gave no JSON object that fits the schema, in two attempts: "
                  + invalid.reason());
      case UnsupportedFeatureException _ ->
          RequestException.of(400, "unsupported_parameter", message);
      case InferenceTimeoutException _ ->
          RequestException.of(
              504,
              "timeout",
              "the answer was not complete in time, waiting in the queue included; start the server"
                  + " with a longer --timeout, or ask for fewer tokens");
      case NativeLibraryException _ ->
          logged(
              500,
              "runtime_not_found",
              "the runtime's library cannot be used; start the server with --library FILE, or with"
                  + " --demo where there is no board. "
                  + message);
      case ModelLoadException _ -> logged(500, "model_load_failed", message);
      case RkllmException _ -> logged(500, "generation_failed", message);
      case StoreException full when full.isFull() -> logged(507, "insufficient_storage", message);
      case UncheckedIOException _ -> logged(500, "storage_failed", message);
      case IllegalArgumentException _ -> RequestException.of(400, "invalid_value", message);
      default -> {
        RequestException unreadable = unreadableRequest(thrown);
        if (unreadable != null) {
          yield unreadable;
        }
        LOG.error("a request failed", thrown);
        yield RequestException.of(
            500, "internal_error", "internal error; see the log of the server for details");
      }
    };
  }

  private static RequestException logged(int status, String code, String message) {
    LOG.error("{}", message);
    return RequestException.of(status, code, message);
  }

  /**
   * Returns the error for a request body that is invalid, too slow, or cut off; null for other
   * failures.
   */
  private static @Nullable RequestException unreadableRequest(Throwable thrown) {
    for (@Nullable Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof HttpException http && http.getCode() < 500) {
        return RequestException.of(
            http.getCode(),
            "http_" + http.getCode(),
            HttpErrors.message(http.getCode(), http.getReason()));
      }
      if (cause instanceof TimeoutException) {
        return RequestException.of(408, "http_408", HttpErrors.message(408, null));
      }
    }
    return thrown instanceof IOException
        ? RequestException.of(
            400, "http_400", "the body of the request was not received completely")
        : null;
  }
}
