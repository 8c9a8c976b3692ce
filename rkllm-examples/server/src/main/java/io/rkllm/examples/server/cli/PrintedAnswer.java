package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import io.rkllm.tools.event.ChatEvent;

/** Prints an answer event by event, with thinking set apart from the text. */
final class PrintedAnswer {
  private final Terminal terminal;
  private boolean thinks;

  PrintedAnswer(Terminal terminal) {
    this.terminal = terminal;
  }

  void print(ChatEvent event) {
    switch (event) {
      case ChatEvent.TextDelta delta -> {
        if (thinks) {
          terminal.endLine();
          thinks = false;
        }
        terminal.print(delta.text());
      }
      case ChatEvent.ThinkingDelta delta -> {
        thinks = true;
        terminal.printThought(delta.text());
      }
      case ChatEvent.ToolCallCompleted completed -> terminal.print(completed.raw());
      case ChatEvent.MalformedToolCall malformed -> terminal.print(malformed.text());
      case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ -> {}
    }
  }
}
