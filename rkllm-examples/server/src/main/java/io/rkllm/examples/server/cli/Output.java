package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * The output of a command. Control characters are replaced on a terminal, because names, Modelfiles
 * and the messages of servers and libraries are not trusted.
 */
@Command // required of a mixin without options
final class Output {
  private final Terminal terminal = new Terminal();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /**
   * Prints on standard output. Characters are not replaced if it is a pipe or a file.
   *
   * @throws Terminal.ClosedException if standard output cannot be written
   */
  void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(terminal.isOnTerminal() ? Terminal.harmless(text) : text);
    if (out.checkError()) { // also flushes
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
