package io.rkllm.examples.server;

import io.rkllm.examples.chat.EscapingLog;
import io.rkllm.examples.chat.Utf8Arguments;
import io.rkllm.examples.server.cli.Commands;
import java.util.List;
import picocli.CommandLine;

/** The program {@code rkllm}. */
public final class RkllmProgram {
  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

  private RkllmProgram() {}

  /** Starts the program; see {@code --help}. */
  public static void main(String[] arguments) {
    System.exit(run(Utf8Arguments.restored(arguments)));
  }

  /** Runs the program and gives its exit status: 0, 1 where something went wrong, 2 for usage. */
  static int run(String... arguments) {
    EscapingLog.install();
    chooseLog(List.of(arguments));
    CommandLine line = Commands.line();
    int status = line.execute(arguments);
    line.getOut().flush();
    return status;
  }

  /**
   * Before the first logger is made: what a server does is of interest, elsewhere what is wrong.
   */
  private static void chooseLog(List<String> arguments) {
    boolean all = arguments.contains("--show-runtime-log");
    boolean serves = !arguments.isEmpty() && arguments.getFirst().equals("serve");
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, all || serves ? "info" : "warn");
    }
  }
}
