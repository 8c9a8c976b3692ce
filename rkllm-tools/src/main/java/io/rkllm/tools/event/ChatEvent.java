package io.rkllm.tools.event;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event of a model's answer. Events are reported in the order of the answer and do not depend on
 * how it is split into tokens, except that text may be split into several deltas.
 *
 * <p>No text is lost: the concatenated {@link #raw} parts of all events are the answer as the model
 * wrote it.
 */
public sealed interface ChatEvent extends ToolSessionEvent {

  /** Returns the text that the model wrote for this event, including tags; may be empty. */
  String raw();

  /**
   * Part of the text for the user.
   *
   * @param text the text; not empty
   */
  record TextDelta(String text, String raw) implements ChatEvent {}

  /**
   * Part of the model's thinking.
   *
   * @param text the text, without tags; not empty
   */
  record ThinkingDelta(String text, String raw) implements ChatEvent {}

  /**
   * The model calls a tool; its arguments follow.
   *
   * @param index counts the calls of this answer, from 0
   * @param id identifies this call within the conversation
   * @param name the name of the tool, as the model wrote it
   */
  record ToolCallStarted(int index, String id, String name, String raw) implements ChatEvent {}

  /**
   * Part of the arguments of a call. The concatenated deltas of a call are its arguments as JSON,
   * repaired where possible.
   *
   * @param index which call
   * @param json the next characters of the arguments; not empty
   */
  record ArgumentsDelta(int index, String json, String raw) implements ChatEvent {}

  /**
   * A tool call is complete.
   *
   * @param index which call
   * @param call the call; its arguments are a JSON object, not checked against any schema
   * @param repairs the repairs that were necessary
   */
  record ToolCallCompleted(int index, ToolCall call, Set<Repair> repairs, String raw)
      implements ChatEvent {
    /** Copies the set. */
    public ToolCallCompleted {
      repairs = Set.copyOf(repairs);
    }

    /** Returns the arguments as a tree of maps, lists, strings, numbers, booleans and nulls. */
    public Map<String, @Nullable Object> argumentsAsMap() {
      return Json.object(call.arguments());
    }

    /**
     * Returns the arguments as a record or another class that Jackson can create.
     *
     * @throws IllegalArgumentException if the arguments do not match the class
     */
    public <T> T argumentsAs(Class<T> type) {
      return Json.read(call.arguments(), type);
    }
  }

  /**
   * The beginning of a tool call turned out to be invalid. If the call had {@linkplain
   * ToolCallStarted started}, no further events of it follow.
   *
   * @param index the index of the call
   * @param text the complete text, as the model wrote it
   * @param reason an error message suitable for the model
   */
  record MalformedToolCall(int index, String text, String reason, String raw)
      implements ChatEvent {}

  /** The answer has ended. This is the last event. */
  record Finished(String raw) implements ChatEvent {}
}
