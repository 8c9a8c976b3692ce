package io.rkllm.tools;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What an answer of the model comes to, gathered from its events. Used by one thread. */
final class ModelAnswer {
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder thinking = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();
  private final List<String> malformed = new ArrayList<>();
  private @Nullable GenerationResult run;

  void add(ChatEvent event) {
    switch (event) {
      case ChatEvent.TextDelta delta -> text.append(delta.text());
      case ChatEvent.ThinkingDelta delta -> thinking.append(delta.text());
      case ChatEvent.ToolCallCompleted completed -> calls.add(completed.call());
      case ChatEvent.MalformedToolCall bad -> malformed.add(ToolWords.malformed(bad.reason()));
      case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ -> {}
    }
  }

  void ended(GenerationResult result) {
    run = result;
  }

  String text() {
    return text.toString();
  }

  String thinking() {
    return thinking.toString();
  }

  /** The calls that could be read. */
  List<ToolCall> calls() {
    return calls;
  }

  /** What to tell the model of those that could not. */
  List<String> malformed() {
    return malformed;
  }

  /** Whether the model waits for something. */
  boolean callsTools() {
    return !calls.isEmpty() || !malformed.isEmpty();
  }

  FinishReason finishReason() {
    return Objects.requireNonNull(run).finishReason();
  }
}
