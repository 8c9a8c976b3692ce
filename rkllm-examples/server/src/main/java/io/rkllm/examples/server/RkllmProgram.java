package io.rkllm.examples.server;

import io.rkllm.examples.server.cli.ServeCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program {@code rkllm}. */
@Command(
    name = "rkllm",
    description = "Large language models on Rockchip NPUs.",
    mixinStandardHelpOptions = true,
    subcommands = ServeCommand.class)
public final class RkllmProgram {
  private RkllmProgram() {}

  /** Starts the program; see {@code --help}. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the program and gives its exit status: 0, 1 where something went wrong, 2 for usage. */
  static int run(String... arguments) {
    return new CommandLine(new RkllmProgram()).execute(arguments);
  }
}
