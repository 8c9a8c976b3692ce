package io.rkllm.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import io.rkllm.ContextOverflowException;
import io.rkllm.InferenceTimeoutException;

/** Converts exceptions of this SDK to those that users of LangChain4j handle. */
final class Failures {
  private Failures() {}

  static RuntimeException toLangChain4j(RuntimeException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case LangChain4jException alreadyConverted -> alreadyConverted;
      case InferenceTimeoutException timeout -> new TimeoutException(message, timeout);
      case ContextOverflowException overflow -> new InvalidRequestException(message, overflow);
      case IllegalArgumentException invalid -> new InvalidRequestException(message, invalid);
      case io.rkllm.UnsupportedFeatureException unsupported -> {
        UnsupportedFeatureException converted = new UnsupportedFeatureException(message);
        converted.initCause(unsupported);
        yield converted;
      }
      default -> new LangChain4jException(message, e);
    };
  }
}
