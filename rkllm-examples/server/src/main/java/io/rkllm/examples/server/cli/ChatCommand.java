package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code rkllm chat}: a conversation in the terminal. */
@Command(
    name = "chat",
    description = {
      "Talks with a model in the terminal.",
      "",
      "Each token appears as it is generated. Lines that are piped in are answered one after the"
          + " other."
    },
    footer = {
      "",
      "In the conversation, /help shows the commands. Ctrl-C stops an answer; at the prompt, it or"
          + " Ctrl-D leaves.",
      "",
      "Examples:",
      "  rkllm chat                                     with the demonstration model",
      "  rkllm chat qwen3-0.6b --system \"Be brief.\"     with a model of the store",
      "  rkllm chat ./model.rkllm --context 8192        with a file"
    })
final class ChatCommand implements Callable<Integer> {
  private static final String COMMANDS =
      """
      /clear   forgets what was said
      /think   switches thinking on or off, where the model knows how
      /help    shows this
      /exit    leaves
      """;

  private final Terminal terminal = new Terminal();

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = "The same as --model.")
  private @Nullable String named;

  @Mixin private ModelOptions options = new ModelOptions();
  @Mixin private AnswerOptions answers = new AnswerOptions();

  private boolean thinking;

  @Override
  public Integer call() throws IOException {
    options.model(named);
    StoredModel stored = options.chosen(answers.modelfile(), terminal);
    thinking = Boolean.TRUE.equals(stored.modelfile().thinking());
    Interrupts interrupts = Interrupts.install(terminal, true);
    try (RunningModel model = RunningModel.load(stored, options.load(), terminal);
        TerminalConversation talk = TerminalConversation.with(model, terminal, interrupts)) {
      while (true) {
        try {
          String line = terminal.readLine();
          if (line == null || line.strip().equals("/exit")) {
            return 0;
          }
          obey(line.strip(), talk);
        } catch (CharacterCodingException e) {
          terminal.complain(
              "Not sent: the line is not UTF-8. Set the terminal, or what writes the lines, to"
                  + " UTF-8.");
        }
      }
    }
  }

  private void obey(String line, TerminalConversation talk) {
    switch (line) {
      case "" -> {}
      case "/clear" -> {
        talk.clear();
        terminal.note("All is forgotten.");
      }
      case "/think" -> {
        thinking = !thinking;
        terminal.note(thinking ? "Thinking is on." : "Thinking is off.");
      }
      case "/help" -> terminal.note(COMMANDS.stripTrailing());
      default -> answer(line, talk);
    }
  }

  private void answer(String line, TerminalConversation talk) {
    try {
      String figures = StatsLine.of(talk.answer(line, thinking));
      terminal.endLine();
      terminal.note(figures);
    } catch (Terminal.ClosedException e) {
      throw e; // the program ends
    } catch (RuntimeException e) {
      terminal.complain(ErrorMessages.of(e));
    }
  }
}
