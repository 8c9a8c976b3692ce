package io.rkllm.spring;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.AnswerSchema;
import io.rkllm.tools.StructuredOutputException;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.ParserOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/**
 * The answer to one request: generated, parsed, checked, and requested once more if it violates the
 * schema. It is run once, on one thread; any thread may cancel it.
 */
final class ChatTurn {
  private final RkllmModel model;
  private final ChatFormat format;
  private final String modelName;
  private final ChatRequest request;
  private final Consumer<ChatResponse> chunks;
  private final String id = "chat-" + UUID.randomUUID();

  private volatile boolean cancelled;
  private volatile io.rkllm.@Nullable Generation running;
  private int promptTokens;
  private int generatedTokens;

  /**
   * Creates a turn.
   *
   * @param chunks receives parts of the answer while it is generated, on the thread that runs the
   *     turn
   */
  ChatTurn(
      RkllmModel model,
      ChatFormat format,
      String modelName,
      ChatRequest request,
      Consumer<ChatResponse> chunks) {
    this.model = model;
    this.format = format;
    this.modelName = modelName;
    this.request = request;
    this.chunks = chunks;
  }

  /** Stops the generation. Does not block. */
  void cancel() {
    cancelled = true;
    io.rkllm.Generation current = running;
    if (current != null) {
      current.cancel();
    }
  }

  /**
   * Generates the answer and returns it. Blocks until it is complete.
   *
   * @throws ModelClosedException if the model was closed before
   * @throws StructuredOutputException if the second answer violates the schema as well
   */
  Answer run() {
    Answer answer = new Answer(request);
    AnswerSchema schema = request.schema();
    if (schema == null || !answer.isCompleteText()) {
      return answer;
    }
    try {
      return answer.withText(schema.read(answer.text(), false));
    } catch (StructuredOutputException violation) {
      Answer second =
          new Answer(
              request.with(
                  schema.correcting(request.conversation(), answer.text(), false, violation)));
      return second.isCompleteText() ? second.withText(schema.read(second.text(), false)) : second;
    }
  }

  private static AssistantMessage.ToolCall call(ToolCall call) {
    return new AssistantMessage.ToolCall(call.id(), "function", call.name(), call.arguments());
  }

  /** One generated answer. */
  final class Answer {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final List<AssistantMessage.ToolCall> calls = new ArrayList<>();
    private final boolean held = request.schema() != null;
    private final GenerationResult result;

    /** Generates the answer. */
    Answer(ChatRequest request) {
      String prompt = format.render(request.conversation());
      ChatParser parser =
          new ChatParser(ParserOptions.forAnswer(request.conversation(), prompt), this::accept);
      try (io.rkllm.Generation generation =
          model.generate(request.conversation(), request.options())) {
        running = generation;
        if (cancelled) { // before the field was set
          generation.cancel();
        }
        for (Token token : generation) {
          parser.push(token.text());
        }
        parser.finish();
        result = generation.await();
      }
      if (result.finishReason() == FinishReason.MODEL_CLOSED) {
        throw new ModelClosedException(
            "the model was closed before the answer had ended", result.text());
      }
      promptTokens +=
          result.stats().promptTokens().orElse(result.stats().prefillTokens().orElse(0));
      generatedTokens += result.stats().generatedTokens();
    }

    private void accept(ChatEvent event) {
      switch (event) {
        case ChatEvent.TextDelta delta -> text(delta.text());
        case ChatEvent.MalformedToolCall malformed -> text(malformed.text());
        case ChatEvent.ThinkingDelta delta -> {
          thinking.append(delta.text());
          chunks.accept(
              chunk(
                  new AssistantMessage(""),
                  ChatGenerationMetadata.builder()
                      .metadata(ChatRequest.THINKING, delta.text())
                      .build()));
        }
        case ChatEvent.ToolCallCompleted completed -> {
          AssistantMessage.ToolCall call = call(completed.call());
          calls.add(call);
          chunks.accept(
              chunk(
                  AssistantMessage.builder().content("").toolCalls(List.of(call)).build(),
                  ChatGenerationMetadata.NULL));
        }
        case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ -> {}
      }
    }

    private void text(String more) {
      text.append(more);
      if (!held) {
        chunks.accept(chunk(new AssistantMessage(more), ChatGenerationMetadata.NULL));
      }
    }

    private ChatResponse chunk(AssistantMessage message, ChatGenerationMetadata metadata) {
      return new ChatResponse(
          List.of(new Generation(message, metadata)),
          ChatResponseMetadata.builder().id(id).model(modelName).build());
    }

    String text() {
      return text.toString();
    }

    boolean isCompleteText() {
      return result.finishReason() == FinishReason.STOP && calls.isEmpty();
    }

    Answer withText(String json) {
      text.setLength(0);
      text.append(json);
      return this;
    }

    /** Returns the whole answer. */
    ChatResponse response() {
      ChatGenerationMetadata.Builder metadata = metadata();
      if (!thinking.isEmpty()) {
        metadata.metadata(ChatRequest.THINKING, thinking.toString());
      }
      return response(text(), calls, metadata.build());
    }

    /**
     * Returns the last chunk, which completes the others: with the whole thinking in the metadata
     * of its message, so that messages made of all chunks have it.
     */
    ChatResponse lastChunk() {
      return response(held ? text() : "", List.of(), metadata().build());
    }

    private ChatResponse response(
        String text, List<AssistantMessage.ToolCall> calls, ChatGenerationMetadata metadata) {
      Map<String, Object> properties =
          thinking.isEmpty() ? Map.of() : Map.of(ChatRequest.THINKING, thinking.toString());
      return new ChatResponse(
          List.of(
              new Generation(
                  AssistantMessage.builder()
                      .content(text)
                      .properties(properties)
                      .toolCalls(List.copyOf(calls))
                      .build(),
                  metadata)),
          ChatResponseMetadata.builder()
              .id(id)
              .model(modelName)
              .usage(new DefaultUsage(promptTokens, generatedTokens))
              .keyValue("stats", result.stats())
              .build());
    }

    private ChatGenerationMetadata.Builder metadata() {
      boolean callsTools = result.finishReason() == FinishReason.STOP && !calls.isEmpty();
      return ChatGenerationMetadata.builder()
          .finishReason(callsTools ? "TOOL_CALLS" : result.finishReason().name());
    }
  }
}
