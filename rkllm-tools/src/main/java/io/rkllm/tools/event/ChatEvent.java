package io.rkllm.tools.event;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A part of a model's answer, in the order in which it comes. Where a part ends does not depend on
 * how the answer was cut into tokens, but for deltas, several of which may make up one.
 *
 * <p>Nothing is lost: the {@link #raw} parts of all events, one after the other, are the answer as
 * the model wrote it.
 */
public sealed interface ChatEvent extends ToolSessionEvent {

  /** What the model wrote for this, tags included; may be empty. */
  String raw();

  /**
   * Some text for the user.
   *
   * @param text the text; not empty
   */
  record TextDelta(String text, String raw) implements ChatEvent {}

  /**
   * Some of what the model thinks before it answers.
   *
   * @param text the text, without tags; not empty
   */
  record ThinkingDelta(String text, String raw) implements ChatEvent {}

  /**
   * The model calls a tool; its arguments follow.
   *
   * @param index counts the calls of this answer, from 0
   * @param id tells this call from the others of the conversation
   * @param name the name of the tool, as the model wrote it
   */
  record ToolCallStarted(int index, String id, String name, String raw) implements ChatEvent {}

  /**
   * Some of the arguments. All deltas of a call, one after the other, are its arguments as JSON, in
   * which what could be mended is mended.
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
   * @param repairs what had to be mended
   */
  record ToolCallCompleted(int index, ToolCall call, Set<Repair> repairs, String raw)
      implements ChatEvent {
    /** Copies the set. */
    public ToolCallCompleted {
      repairs = Set.copyOf(repairs);
    }

    /** The arguments as a tree of maps, lists, strings, numbers, booleans and nulls. */
    public Map<String, @Nullable Object> argumentsAsMap() {
      return Json.object(call.arguments());
    }

    /**
     * The arguments as a record or another class that Jackson can make.
     *
     * @throws IllegalArgumentException if they do not fit
     */
    public <T> T argumentsAs(Class<T> type) {
      return Json.read(call.arguments(), type);
    }
  }

  /**
   * What began as a tool call and cannot be one. If it had {@linkplain ToolCallStarted started}, no
   * more comes of it.
   *
   * @param index which call
   * @param text all of it, as the model wrote it
   * @param reason what is wrong with it, in words fit for the model
   */
  record MalformedToolCall(int index, String text, String reason, String raw)
      implements ChatEvent {}

  /** The answer has ended. The last event. */
  record Finished(String raw) implements ChatEvent {}
}
