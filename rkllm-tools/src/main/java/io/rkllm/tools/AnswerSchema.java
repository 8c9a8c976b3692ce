package io.rkllm.tools;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.internal.answer.AnswerReader;
import io.rkllm.tools.internal.answer.Answers;
import io.rkllm.tools.internal.schema.JsonSchema;
import io.rkllm.tools.internal.schema.LenientSchema;
import io.rkllm.tools.internal.schema.ModelText;
import io.rkllm.tools.internal.schema.SchemaViolationException;
import java.util.ArrayList;
import java.util.List;

/**
 * The schema of the JSON object that a model is to answer with. If the object has a Java class,
 * {@link StructuredOutput} is simpler.
 *
 * <pre>{@code
 * AnswerSchema schema = AnswerSchema.of("{\"type\": \"object\", …}");
 * String answer = model.generate(question + "\n\n" + schema.request()).text();
 * String json = schema.read(answer, false);
 * }</pre>
 *
 * <p>The answer may be surrounded by thinking, prose, and code fences: of the outermost JSON
 * objects after the thinking, the last one that conforms to the schema is used.
 *
 * <p>Immutable and thread-safe.
 */
public final class AnswerSchema {
  private static final String ANY_OBJECT = "{\"type\":\"object\"}";

  private static final int MAX_SHOWN = 4_000;

  private final String request;
  private final AnswerReader reader;

  private AnswerSchema(String request, JsonSchema schema) {
    this.request = request;
    reader = new AnswerReader(new LenientSchema(schema));
  }

  /**
   * Returns the schema of the objects to be read.
   *
   * @param jsonSchema JSON Schema of draft 2020-12, {@code "type": "object"} at its root. Its
   *     patterns are matched in linear time, so they must not use lookaround or backreferences, and
   *     may repeat at most 1,000 times
   * @throws IllegalArgumentException if it is not such a schema, has an external reference, or has
   *     a pattern that cannot be used
   */
  public static AnswerSchema of(String jsonSchema) {
    JsonSchema schema = JsonSchema.parse(jsonSchema);
    return new AnswerSchema(request(schema.json()), schema);
  }

  /** Returns a schema of arbitrary objects. */
  public static AnswerSchema anyObject() {
    return new AnswerSchema(
        "Answer with one JSON object, and with nothing else.", JsonSchema.parse(ANY_OBJECT));
  }

  /** Returns the request to append to a question. */
  static String request(String schema) {
    return "Answer with one JSON object that fits this JSON Schema, and with nothing else:\n"
        + schema;
  }

  /** Returns the message sent to the model after an answer that violates the schema. */
  static String correction(String reason) {
    return "That does not fit the JSON Schema: "
        + reason
        + ". Answer again, with the corrected JSON object and nothing else.";
  }

  /**
   * Returns the part of an answer that is sent back to the model for correction, without its
   * thinking, since the context is small.
   *
   * @param thinking whether the answer may begin inside thinking
   */
  static String excerpt(String answer, boolean thinking) {
    return ModelText.sanitize(
        ModelText.truncate(Answers.withoutThinking(answer, thinking).strip(), MAX_SHOWN));
  }

  /** Returns the request to append to a question. */
  public String request() {
    return request;
  }

  /**
   * Returns a conversation with the request for the object at the end of the user's last message,
   * or in a message of its own. Tools may be called before the object is written.
   */
  public Conversation asking(Conversation conversation) {
    return Answers.withRequest(
        conversation,
        conversation.tools().isEmpty()
            ? request
            : "Call tools if you need them. When you need none: " + request);
  }

  /**
   * Returns a conversation that asks the model to correct its answer. It holds an excerpt of the
   * answer without its thinking, since the context is small.
   *
   * @param conversation the conversation that was answered; if it ends in the beginning of the
   *     answer, the excerpt takes its place
   * @param answer the whole answer
   * @param thinking whether the answer may begin inside thinking
   * @param violation what {@link #read} threw
   */
  public Conversation correcting(
      Conversation conversation,
      String answer,
      boolean thinking,
      StructuredOutputException violation) {
    return correcting(conversation, excerpt(answer, thinking), correction(violation.reason()));
  }

  /** Returns a conversation with an answer and what is wrong with it. */
  static Conversation correcting(Conversation conversation, String excerpt, String correction) {
    List<ChatMessage> messages = new ArrayList<>(conversation.messages());
    if (messages.getLast() instanceof ChatMessage.Assistant begun && begun.toolCalls().isEmpty()) {
      messages.removeLast();
    }
    messages.add(new ChatMessage.Assistant(excerpt));
    messages.add(new ChatMessage.User(correction));
    return conversation.withMessages(messages);
  }

  /**
   * Returns the JSON object in an answer, repaired where possible.
   *
   * @param thinking whether the answer may begin inside thinking
   * @throws StructuredOutputException if no object conforms to the schema
   */
  public String read(String answer, boolean thinking) {
    try {
      return reader.read(answer, thinking).toString();
    } catch (SchemaViolationException e) {
      String reason = String.valueOf(e.getMessage());
      throw new StructuredOutputException(
          "the answer does not fit the JSON Schema: " + reason, reason, List.of(answer));
    }
  }
}
