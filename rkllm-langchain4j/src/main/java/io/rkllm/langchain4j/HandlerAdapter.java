package io.rkllm.langchain4j;

import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onCompleteResponse;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onCompleteToolCall;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onPartialResponse;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onPartialThinking;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onPartialToolCall;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.withLoggingExceptions;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;

/**
 * Passes an answer on to a handler of LangChain4j. Exceptions of the handler are given to its own
 * {@code onError} and do not end the answer, as LangChain4j's contract has it. After a cancellation
 * the handler is not called anymore.
 */
final class HandlerAdapter implements AnswerListener, StreamingHandle {
  private final StreamingChatResponseHandler handler;
  private volatile Runnable canceller = () -> {};
  private volatile boolean cancelled;

  HandlerAdapter(StreamingChatResponseHandler handler) {
    this.handler = handler;
  }

  /** Sets how the generation is stopped; called once, before the turn runs. */
  void cancelsBy(Runnable canceller) {
    this.canceller = canceller;
  }

  /** Runs a turn to its end and notifies the handler of the end. */
  void complete(ChatTurn turn) {
    ChatResponse response;
    try {
      response = turn.run();
    } catch (Throwable failure) {
      if (!cancelled) {
        withLoggingExceptions(() -> handler.onError(failure));
      }
      return;
    }
    if (!cancelled) {
      onCompleteResponse(handler, response);
    }
  }

  @Override
  public void text(String text) {
    if (!cancelled) {
      onPartialResponse(handler, text, this);
    }
  }

  @Override
  public void thinking(String text) {
    if (!cancelled) {
      onPartialThinking(handler, text, this);
    }
  }

  @Override
  public void toolCall(int index, ToolExecutionRequest call) {
    if (!cancelled) {
      PartialToolCall all =
          PartialToolCall.builder()
              .index(index)
              .id(call.id())
              .name(call.name())
              .partialArguments(call.arguments())
              .build();
      onPartialToolCall(handler, all, this);
    }
    if (!cancelled) { // the handler may have cancelled meanwhile
      onCompleteToolCall(handler, new CompleteToolCall(index, call));
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    canceller.run();
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }
}
