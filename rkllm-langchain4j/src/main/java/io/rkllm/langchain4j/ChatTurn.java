package io.rkllm.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.input.RawPrompt;
import io.rkllm.tools.AnswerSchema;
import io.rkllm.tools.StructuredOutputException;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.format.AnswerPrompt;
import io.rkllm.tools.parser.ChatParser;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request: generated, parsed, validated, and requested once more if it violates
 * the schema of the request. It is run once, on one thread; any thread may cancel it.
 */
final class ChatTurn {
  private final RkllmModel model;
  private final ChatFormat format;
  private final String modelName;
  private final ChatRequests.Request request;
  private final AnswerListener listener;

  private volatile boolean cancelled;
  private volatile @Nullable Generation generation;
  private int inputTokens;
  private int outputTokens;

  ChatTurn(
      RkllmModel model,
      ChatFormat format,
      String modelName,
      ChatRequests.Request request,
      AnswerListener listener) {
    this.model = model;
    this.format = format;
    this.modelName = modelName;
    this.request = request;
    this.listener = listener;
  }

  /** Stops the generation; the turn then ends soon, with an exception or what there is. */
  void cancel() {
    cancelled = true;
    Generation running = generation;
    if (running != null) {
      running.cancel();
    }
  }

  /** Blocks until the answer is complete. */
  ChatResponse run() {
    try {
      AnswerSchema schema = request.schema();
      if (request.toolRequired()) {
        return called(new Answer(AnswerPrompt.calling(format, request.conversation(), null)));
      }
      Answer answer = new Answer(AnswerPrompt.answering(format, request.conversation()));
      return schema == null ? response(answer, answer.text()) : validated(answer, schema);
    } catch (RuntimeException e) {
      throw Failures.toLangChain4j(e);
    }
  }

  private ChatResponse called(Answer answer) {
    if (answer.isFinal()) {
      throw new LangChain4jException(
          "the model called no tool, although the request demands it; it answered: "
              + answer.text());
    }
    return response(answer, answer.text());
  }

  private ChatResponse validated(Answer answer, AnswerSchema schema) {
    if (!answer.isFinal()) {
      return response(answer, answer.text());
    }
    try {
      return response(answer, schema.read(answer.text(), false));
    } catch (StructuredOutputException violation) {
      if (cancelled) {
        throw violation;
      }
      Conversation corrected =
          schema.correcting(request.conversation(), answer.text(), false, violation);
      Answer second = new Answer(AnswerPrompt.answering(format, corrected));
      return response(second, second.isFinal() ? schema.read(second.text(), false) : second.text());
    }
  }

  private ChatResponse response(Answer answer, String text) {
    if (held() && !text.isEmpty()) {
      listener.text(text);
    }
    return ChatResponse.builder()
        .aiMessage(
            AiMessage.builder()
                .text(text.isEmpty() ? null : text)
                .thinking(answer.thinking.isEmpty() ? null : answer.thinking.toString())
                .toolExecutionRequests(answer.calls)
                .build())
        .metadata(
            ChatResponseMetadata.builder()
                .id("chat-" + UUID.randomUUID())
                .modelName(modelName)
                .tokenUsage(new TokenUsage(inputTokens, outputTokens))
                .finishReason(finishReason(answer.reason, !answer.calls.isEmpty()))
                .build())
        .build();
  }

  /** Returns whether text is passed on only once it is known to be what the request demands. */
  private boolean held() {
    return request.schema() != null || request.toolRequired();
  }

  private static FinishReason finishReason(io.rkllm.FinishReason reason, boolean callsTools) {
    return switch (reason) {
      case STOP -> callsTools ? FinishReason.TOOL_EXECUTION : FinishReason.STOP;
      case LENGTH -> FinishReason.LENGTH;
      case CANCELLED, PAUSED -> FinishReason.OTHER;
      case MODEL_CLOSED ->
          throw new LangChain4jException("the model was closed before its answer was complete");
    };
  }

  /** One answer of the model, parsed while it is generated. */
  private final class Answer {
    final StringBuilder thinking = new StringBuilder();
    final List<ToolExecutionRequest> calls = new ArrayList<>();
    final io.rkllm.FinishReason reason;

    private final StringBuilder text = new StringBuilder();

    /** Generates the answer. Blocks until it is complete. */
    Answer(AnswerPrompt prompt) {
      ChatParser parser = new ChatParser(prompt.parserOptions(), this::accept);
      parser.push(prompt.opening());
      RawPrompt input = RawPrompt.of(prompt.text());
      try (Generation running = model.generate(input, request.options())) {
        generation = running;
        if (cancelled) { // before the field was set
          running.cancel();
        }
        for (Token token : running) {
          parser.push(token.text());
        }
        parser.finish();
        GenerationResult result = running.await();
        inputTokens +=
            result.stats().promptTokens().orElse(result.stats().prefillTokens().orElse(0));
        outputTokens += result.stats().generatedTokens();
        reason = result.finishReason();
      }
    }

    String text() {
      return text.toString();
    }

    /** Returns whether the model ended the answer and called no tool. */
    boolean isFinal() {
      return reason == io.rkllm.FinishReason.STOP && calls.isEmpty();
    }

    private void accept(ChatEvent event) {
      switch (event) {
        case ChatEvent.TextDelta delta -> say(delta.text());
        case ChatEvent.ThinkingDelta delta -> {
          thinking.append(delta.text());
          listener.thinking(delta.text());
        }
        case ChatEvent.ToolCallCompleted completed -> {
          ToolExecutionRequest call = Messages.call(completed.call());
          listener.toolCall(calls.size(), call);
          calls.add(call);
        }
        case ChatEvent.MalformedToolCall malformed -> say(malformed.text());
        case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ -> {}
      }
    }

    private void say(String more) {
      text.append(more);
      if (!held()) {
        listener.text(more);
      }
    }
  }
}
