package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Objects;
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
      "In the conversation, /help shows the commands. Ctrl-C stops an answer or discards a line;"
          + " at an empty prompt, it or Ctrl-D exits.",
      "On a terminal, lines can be edited. The arrow keys and Ctrl-R find earlier ones, Tab"
          + " completes commands and models, and Alt-Enter begins a new line. A message between"
          + " \"\"\" and \"\"\" may have several lines.",
      "",
      "Examples:",
      "  rkllm chat                                     with the demonstration model",
      "  rkllm chat qwen3-0.6b --system \"Be brief.\"     with a model of the store",
      "  rkllm chat ./model.rkllm --context 8192        with a file"
    })
final class ChatCommand implements Callable<Integer> {
  private static final String COMMANDS =
      """
      /clear        forgets what was said
      /think        switches thinking on or off, where the model knows how
      /model NAME   goes on with another model of the store, and forgets what was said
      /help         shows this
      /exit         leaves
      """;

  private static final String MODEL = "/model";

  private final Terminal terminal = new Terminal();

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = "The same as --model.")
  private @Nullable String named;

  @Mixin private ModelOptions options = new ModelOptions();
  @Mixin private AnswerOptions answers = new AnswerOptions();

  private @Nullable StoredModel current;
  private @Nullable StoredModel next; // the model to go on with; null ends the program
  private boolean thinking;

  @Override
  public Integer call() throws IOException {
    options.model(named);
    next = options.chosen(answers.modelfile(), terminal);
    terminal.editLines(this::completions);
    Interrupts interrupts = Interrupts.install(terminal, true);
    while (next != null) {
      try (RunningModel model = load(next)) {
        current = next;
        converse(model, interrupts);
      } catch (LoadFailure e) {
        next = current; // which is loaded again
      }
    }
    return 0;
  }

  /** Thrown when another model than the first one cannot be loaded; the user has been told. */
  private static final class LoadFailure extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private RunningModel load(StoredModel stored) throws LoadFailure {
    try {
      return RunningModel.load(stored, options.load(), terminal);
    } catch (RuntimeException e) {
      if (current == null || current.equals(stored)) {
        throw e;
      }
      terminal.complain(ErrorMessages.of(e));
      throw new LoadFailure();
    }
  }

  /** Answers lines until another model is to go on, or none. */
  private void converse(RunningModel model, Interrupts interrupts) throws IOException {
    Boolean configured = model.served().stored().modelfile().thinking();
    thinking = configured == null ? model.served().renderer().thinksByDefault() : configured;
    try (TerminalConversation talk = TerminalConversation.with(model, terminal, interrupts)) {
      StoredModel before = next;
      while (Objects.equals(next, before)) {
        try {
          String line = terminal.readLine();
          if (line == null) {
            next = null;
          } else {
            obey(line.strip(), talk);
          }
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
      case "/exit" -> next = null;
      case "/clear" -> {
        talk.clear();
        terminal.note("All is forgotten.");
      }
      case "/think" -> {
        thinking = !thinking;
        terminal.note(thinking ? "Thinking is on." : "Thinking is off.");
      }
      case "/help" -> terminal.note(COMMANDS.stripTrailing());
      case MODEL -> terminal.note("Models: " + String.join(", ", options.names()));
      default -> {
        if (line.startsWith(MODEL + " ")) {
          choose(line.substring(MODEL.length()).strip());
        } else {
          answer(line, talk);
        }
      }
    }
  }

  private void choose(String name) {
    try {
      next = options.named(name, answers.modelfile());
      terminal.note("The model is now " + name + ".");
    } catch (IOException | RuntimeException e) {
      terminal.complain(ErrorMessages.of(e));
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

  /** Returns the words that may follow a text: a command begins a line, a model follows /model. */
  private List<String> completions(String before) {
    return switch (before.strip()) {
      case "" -> COMMANDS.lines().map(line -> line.substring(0, line.indexOf(' '))).toList();
      case MODEL -> options.names();
      default -> List.of();
    };
  }
}
