package io.rkllm.examples.chat;

import io.rkllm.InferenceSession;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.runtime.Doctor;
import io.rkllm.runtime.DoctorReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/**
 * A chat in the terminal. The program loads a model, opens a session, and prints each answer token
 * by token while it is generated.
 *
 * <p>Only the conversation is written to standard output, in UTF-8 regardless of the locale. Error
 * messages are written to standard error.
 */
@Command(name = "rkllm-chat")
public final class ChatProgram implements Callable<Integer> {
  private final Terminal terminal = new Terminal();
  private final boolean stopsAnswers;
  @Mixin private ChatOptions options = new ChatOptions();

  private ChatProgram(boolean stopsAnswers) {
    this.stopsAnswers = stopsAnswers;
  }

  /** Starts the program; see {@code --help}. */
  public static void main(String[] arguments) {
    System.exit(run(Utf8Arguments.restored(arguments), true));
  }

  /**
   * Runs the program and returns its exit status: 0 for success, 1 for errors, 2 for invalid
   * options.
   *
   * @param stopsAnswers whether Ctrl-C stops an answer that is being generated; otherwise it always
   *     ends the program
   */
  static int run(String[] arguments, boolean stopsAnswers) {
    return new ChatProgram(stopsAnswers).run(arguments);
  }

  private int run(String[] arguments) {
    EscapingLog.install();
    CommandLine command = new CommandLine(this);
    command.setExpandAtFiles(false); // a prompt may begin with @
    command.registerConverter(Path.class, ChatProgram::path);
    command.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    command.setParameterExceptionHandler((e, given) -> complain(e, ExitCode.USAGE));
    command.setExecutionExceptionHandler((e, parsed, given) -> complain(e, ExitCode.SOFTWARE));
    return command.execute(arguments);
  }

  /** Runs the chat. Called by picocli after the options have been parsed. */
  @Override
  public Integer call() throws IOException {
    if (options.help.showRuntimeLog) {
      System.setProperty(
          "org.slf4j.simpleLogger.defaultLogLevel", "info"); // before the first logger is created
    }
    boolean oneShot = options.prompt != null;
    Interrupts interrupts = Interrupts.install(terminal, stopsAnswers && !oneShot);
    return options.help.doctor ? examine() : talk(interrupts);
  }

  private int examine() {
    DoctorReport report =
        options.library == null ? Doctor.examine() : Doctor.examine(options.library);
    terminal.print(report.toString());
    return report.usable() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private int talk(Interrupts interrupts) throws IOException {
    RkllmModel.Builder builder = options.model();
    SessionOptions sessionOptions = options.session();
    try (RkllmModel model = builder.load();
        InferenceSession session = model.openSession(sessionOptions)) {
      if (model.runtime().simulator()) {
        terminal.printLine(
            "This is the simulator (runtime %s): no NPU is at work, and the answers are scripted."
                .formatted(model.runtime().release()));
      }
      Conversation conversation = new Conversation(session, terminal, interrupts, options.thinking);
      if (options.prompt != null) {
        return conversation.answer(options.prompt) ? ExitCode.OK : ExitCode.SOFTWARE;
      }
      conversation.run();
      return ExitCode.OK;
    }
  }

  private int complain(Exception thrown, int status) {
    String message = thrown.getMessage() != null ? thrown.getMessage() : thrown.toString();
    try {
      terminal.complain(thrown instanceof ParameterException ? message + "\nTry --help." : message);
      return status;
    } catch (Terminal.ClosedException e) {
      return e.status(); // the terminal was closed before, which caused the exception
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.TypeConversionException(
          "'"
              + text
              + "' is not a path that Java can open under this locale. Set LC_ALL=C.UTF-8, or use an"
              + " ASCII name.");
    }
  }
}
