package io.rkllm.examples.chat;

import io.rkllm.ContextOverflowException;
import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceSession;
import io.rkllm.RkllmException;
import io.rkllm.Token;
import io.rkllm.input.TextPrompt;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.List;

/**
 * A loop that reads a line, streams the answer to it, and continues until the input ends. The
 * session keeps the conversation.
 */
final class Conversation {
  private static final String COMMANDS =
      """
      /clear   forgets what was said
      /think   switches thinking on or off, where the model's template knows how
      /help    shows this
      /exit    leaves
      """;

  private final InferenceSession session;
  private final Terminal terminal;
  private final Interrupts interrupts;
  private boolean thinking;

  Conversation(
      InferenceSession session, Terminal terminal, Interrupts interrupts, boolean thinking) {
    this.session = session;
    this.terminal = terminal;
    this.interrupts = interrupts;
    this.thinking = thinking;
  }

  private static List<String> completions(String before) {
    return before.isBlank()
        ? COMMANDS.lines().map(line -> line.substring(0, line.indexOf(' '))).toList()
        : List.of();
  }

  /** Answers line by line until {@code /exit} or the end of the input. */
  void run() throws IOException {
    terminal.editLines(Conversation::completions);
    while (true) {
      try {
        String line = terminal.readLine();
        if (line == null || line.strip().equals("/exit")) {
          return;
        }
        obey(line.strip());
      } catch (CharacterCodingException e) {
        terminal.complain(
            "Not sent: the line is not UTF-8. Set the terminal, or what writes the lines, to"
                + " UTF-8.");
      }
    }
  }

  private void obey(String line) {
    switch (line) {
      case "" -> {}
      case "/clear" -> {
        session.clear();
        terminal.printDim("All is forgotten.");
      }
      case "/think" -> {
        thinking = !thinking;
        terminal.printDim(thinking ? "Thinking is on." : "Thinking is off.");
      }
      case "/help" -> terminal.print(COMMANDS);
      default -> {
        boolean _ = answer(line);
      }
    }
  }

  /** Streams the answer to a text. Returns false if it failed. */
  boolean answer(String text) {
    try {
      TextPrompt prompt = TextPrompt.of(text).withThinking(thinking);
      terminal.printDim(StatsLine.of(stream(prompt)));
      return true;
    } catch (IllegalArgumentException e) {
      terminal.complain("Not sent: " + e.getMessage() + ".");
    } catch (ContextOverflowException e) {
      terminal.complain(
          e.getMessage() + "\nHere, /clear starts a new session, and --context sets the length.");
    } catch (RkllmException e) {
      terminal.complain(String.valueOf(e.getMessage()));
    }
    return false;
  }

  private GenerationResult stream(TextPrompt prompt) {
    Generation answer = interrupts.begin(() -> session.generate(prompt), Generation::cancel);
    try {
      for (Token token : answer) {
        terminal.print(token.text());
      }
    } finally {
      interrupts.ended();
    }
    return answer.result().join();
  }
}
