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
import io.rkllm.examples.server.store.UnknownModelException;
import io.rkllm.tools.StructuredOutputException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of what was thrown. */
final class ErrorMapper {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorMapper.class);

  private static final int MAX_CHARS = 1_000;

  private ErrorMapper() {}

  static RequestException map(Throwable thrown) {
    String words = RequestException.shorten(String.valueOf(thrown.getMessage()), MAX_CHARS);
    return switch (thrown) {
      case RequestException e -> e;
      case UnknownModelException _ -> RequestException.of(404, "model_not_found", words);
      case PromptTooLongException _ -> RequestException.of(400, "context_length_exceeded", words);
      case ContextOverflowException _ ->
          RequestException.of(
              400,
              "context_length_exceeded",
              "the prompt does not fit into the context of this model; shorten the conversation, or"
                  + " raise NUM_CTX in the Modelfile");
      case PullException _ -> RequestException.of(502, "pull_failed", words);
      case InterruptedException _ ->
          RequestException.busy("the server is stopping; this was cut off");
      case ModelBusyException busy ->
          RequestException.busy(
              "the queue of this model is full: "
                  + busy.queueCapacity()
                  + " requests wait already; try again later, or start the server with a larger"
                  + " --queue");
      case ModelWaitException wait ->
          wait.timedOut()
              ? RequestException.of(504, "timeout", words)
              : RequestException.busy(words);
      case InsufficientCapacityException _, PoolClosedException _, ModelClosedException _ ->
          RequestException.busy(words);
      case StructuredOutputException misfit ->
          RequestException.of(
              422,
              "answer_does_not_fit",
              "the model gave no JSON object that fits, also when it was asked once more: "
                  + misfit.reason());
      case UnsupportedFeatureException _ ->
          RequestException.of(400, "unsupported_parameter", words);
      case InferenceTimeoutException _ ->
          RequestException.of(
              504,
              "timeout",
              "the answer did not end in time, waiting in the queue included; start the server with"
                  + " a longer --timeout, or ask for fewer tokens");
      case NativeLibraryException _ -> {
        LOG.error("{}", words);
        yield RequestException.of(
            500,
            "runtime_not_found",
            "the runtime's library cannot be used; start the server with --library FILE, or with"
                + " --demo where there is no board. "
                + words);
      }
      case ModelLoadException _ -> {
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
