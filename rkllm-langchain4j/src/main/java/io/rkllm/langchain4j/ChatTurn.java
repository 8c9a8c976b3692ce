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
import io.rkllm.tools.AnswerSchema;
import io.rkllm.tools.StructuredOutputException;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.ParserOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request: generated, read, checked, and asked for once more if it is not what
 * the request demands. It is run once, on one thread; any thread may cancel it.
 */
final class ChatTurn {
  private static final String CALL_A_TOOL =
      "That was no tool call. Answer again by calling one of the tools, and with nothing else.";

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
      Answer answer = new Answer(request.conversation());
      GenerationResult result = answer.generate();
      String correction = correction(answer, result);
      if (correction != null) {
        answer =
            new Answer(
                ChatRequests.corrected(request.conversation(), answer.excerpt(), correction));
        result = answer.generate();
      }
      return response(answer, result);
    } catch (RuntimeException e) {
      throw Failures.toLangChain4j(e);
    }
  }

  /** Returns what the model is told of an answer to be corrected; null if none is needed. */
  private @Nullable String correction(Answer answer, GenerationResult result) {
    if (cancelled
        || result.finishReason() != io.rkllm.FinishReason.STOP
        || !answer.calls.isEmpty()) {
      return null;
    }
    if (request.toolRequired()) {
      return CALL_A_TOOL;
    }
    if (request.schema() != null) {
      try {
        var _ = request.schema().read(answer.text.toString(), false);
      } catch (StructuredOutputException violation) {
        return request.schema().correction(violation);
      }
    }
    return null;
  }

  private ChatResponse response(Answer answer, GenerationResult result) {
    String text = answer.text.toString();
    boolean complete = result.finishReason() == io.rkllm.FinishReason.STOP;
    if (request.toolRequired() && answer.calls.isEmpty() && complete) {
      throw new LangChain4jException(
          "the model called no tool, although the request demands it; it answered: " + text);
    }
    if (request.schema() != null && answer.calls.isEmpty() && complete) {
      text = request.schema().read(text, false);
    }
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
                .finishReason(finishReason(result.finishReason(), !answer.calls.isEmpty()))
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

  /** One answer of the model, read while it is generated. */
  private final class Answer {
    final StringBuilder text = new StringBuilder();
    final StringBuilder thinking = new StringBuilder();
    final List<ToolExecutionRequest> calls = new ArrayList<>();

    private final Conversation conversation;
    private final ChatParser parser;

    Answer(Conversation conversation) {
      this.conversation = conversation;
      String prompt = format.render(conversation);
      parser = new ChatParser(ParserOptions.forAnswer(conversation, prompt), this::accept);
    }

    GenerationResult generate() {
      try (Generation running = model.generate(conversation, request.options())) {
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
        return result;
      }
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

    String excerpt() {
      return AnswerSchema.excerpt(text.toString(), false);
    }
  }
}
