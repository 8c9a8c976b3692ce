package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * The output of a command. Control characters are replaced on a terminal, since names, Modelfiles
 * and messages of servers and libraries come from others.
 */
@Command // which a mixin without options must have
final class Output {
  private final Terminal terminal = new Terminal();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /**
   * Prints on standard output; to a pipe or a file, each character as it is.
   *
   * @throws Terminal.ClosedException if standard output cannot be written
   */
  void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(terminal.isOnTerminal() ? Terminal.harmless(text) : text);
    if (out.checkError()) { // flushes, too
      throw terminal.outputFailed();
    }
  }

  /** Prints a line on standard output, as {@link #print} does. */
  void printLine(String line) {
    print(line + "\n");
  }

  /** Prints a line on standard error. */
  void say(String line) {
    spec.commandLine().getErr().println(Terminal.harmless(line));
  }
}
