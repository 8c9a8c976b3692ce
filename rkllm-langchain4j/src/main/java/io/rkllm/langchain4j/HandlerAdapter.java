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
import io.rkllm.tools.event.ChatEvent;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Passes the events of an answer to a handler of LangChain4j. Exceptions of the handler are passed
 * to its own {@code onError} and do not end the answer, as LangChain4j's contract requires. After a
 * cancellation the handler is not called.
 */
final class HandlerAdapter implements Consumer<ChatEvent>, StreamingHandle {
  private final StreamingChatResponseHandler handler;
  private volatile Runnable canceller = () -> {};
  private volatile boolean cancelled;
  private int calls; // that were passed on

  HandlerAdapter(StreamingChatResponseHandler handler) {
    this.handler = handler;
  }

  /** Sets how the generation is stopped; called once, before the turn runs. */
  void cancelsBy(Runnable canceller) {
    this.canceller = canceller;
  }

  /** Completes the handler with a response, or with the exception thrown in its place. */
  void complete(Supplier<ChatResponse> turn) {
    ChatResponse response;
    try {
      response = turn.get();
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
  public void accept(ChatEvent event) {
    if (cancelled) {
      return;
    }
    switch (event) {
      case ChatEvent.TextDelta delta -> onPartialResponse(handler, delta.text(), this);
      case ChatEvent.MalformedToolCall call -> onPartialResponse(handler, call.text(), this);
      case ChatEvent.ThinkingDelta delta -> onPartialThinking(handler, delta.text(), this);
      case ChatEvent.ToolCallCompleted completed -> toolCall(Messages.call(completed.call()));
      case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ -> {}
    }
  }

  private void toolCall(ToolExecutionRequest call) {
    int index = calls++;
    PartialToolCall all =
        PartialToolCall.builder()
            .index(index)
            .id(call.id())
            .name(call.name())
            .partialArguments(call.arguments())
            .build();
    onPartialToolCall(handler, all, this);
    if (!cancelled) { // by the handler
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
