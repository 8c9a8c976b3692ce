package io.rkllm.examples.server.cli;

import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.ChatAnswer;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.tools.event.ChatEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A conversation that sends all of its messages to the model each time, as over HTTP. */
final class EngineConversation implements TerminalConversation {
  private static final Duration LONG = Duration.ofHours(1);

  private final Engine engine;
  private final String model;
  private final Terminal terminal;
  private final Interrupts interrupts;
  private final List<ChatMessage> messages = new ArrayList<>();

  EngineConversation(RunningModel model, Terminal terminal, Interrupts interrupts) {
    engine = model.engine();
    this.model = model.name();
    this.terminal = terminal;
    this.interrupts = interrupts;
  }

  @Override
  public AnswerEnd answer(String text, boolean thinking) {
    List<ChatMessage> asked = new ArrayList<>(messages);
    asked.add(new ChatMessage.User(text));
    ChatRequest request = new ChatRequest(model, asked, List.of(), thinking, null, Settings.NONE);
    CollectedAnswer collected = new CollectedAnswer();
    AnswerEnd end = print(request, collected);
    messages.clear();
    messages.addAll(asked);
    messages.add( // an answer that was stopped is kept as far as it was generated
        new ChatMessage.Assistant(collected.text(), collected.thinking(), List.of()));
    return end;
  }

  private AnswerEnd print(ChatRequest request, CollectedAnswer collected) {
    PrintedAnswer printed = new PrintedAnswer(terminal);
    try (ChatAnswer answer = interrupts.begin(() -> engine.answer(request), ChatAnswer::cancel)) {
      while (!collected.isComplete()) {
        ChatEvent event = answer.next(LONG);
        if (event != null) {
          printed.print(event);
          collected.add(event);
        }
      }
      return answer.end();
    } finally {
      interrupts.ended();
    }
  }

  @Override
  public void clear() {
    messages.clear();
  }

  @Override
  public void close() {}
}
