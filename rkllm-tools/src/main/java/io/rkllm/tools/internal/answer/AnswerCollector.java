package io.rkllm.tools.internal.answer;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;

/** Collects the text, thinking, and calls of an answer from its events. Used by one thread. */
public final class AnswerCollector {
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder textAndMalformed = new StringBuilder();
  private final StringBuilder thinking = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();
  private final List<String> parseErrors = new ArrayList<>();

  /** Creates an empty collector. */
  public AnswerCollector() {}

  /** Adds the next event. */
  public void add(ChatEvent event) {
    switch (event) {
      case ChatEvent.TextDelta delta -> {
        text.append(delta.text());
        textAndMalformed.append(delta.text());
      }
      case ChatEvent.ThinkingDelta delta -> thinking.append(delta.text());
      case ChatEvent.ToolCallCompleted completed -> calls.add(completed.call());
      case ChatEvent.MalformedToolCall malformed -> {
        textAndMalformed.append(malformed.text());
        parseErrors.add(malformed.reason());
      }
      case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ -> {}
    }
  }

  /** Returns the text, without thinking and calls. */
  public String text() {
    return text.toString();
  }

  /** Returns the text, including the calls that could not be parsed, as the model wrote them. */
  public String textWithMalformedCalls() {
    return textAndMalformed.toString();
  }

  /** Returns the thinking, without tags. */
  public String thinking() {
    return thinking.toString();
  }

  /** Returns the calls that could be parsed. */
  public List<ToolCall> calls() {
    return calls;
  }

  /** Returns the errors of the calls that could not be parsed. */
  public List<String> parseErrors() {
    return parseErrors;
  }

  /**
   * Returns the answer as a message. A malformed call stays in the text, so that the model can see
   * its own output. Thinking is stripped, and so is the text if there is thinking or a call;
   * otherwise the text is unchanged.
   */
  public ChatMessage.Assistant message() {
    boolean alone = thinking.isEmpty() && calls.isEmpty();
    String all = textAndMalformed.toString();
    return new ChatMessage.Assistant(alone ? all : all.strip(), thinking.toString().strip(), calls);
  }
}
