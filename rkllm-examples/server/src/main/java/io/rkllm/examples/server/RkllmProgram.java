package io.rkllm.examples.server;

import io.rkllm.examples.chat.EscapingLog;
import io.rkllm.examples.chat.Terminal;
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

  /** Runs the program and returns its exit status: 0 for success, 1 for errors, 2 for usage. */
  static int run(String... arguments) {
    EscapingLog.install();
    chooseLog(List.of(arguments));
    CommandLine line = Commands.line();
    int status = line.execute(arguments);
    boolean failed = line.getOut().checkError(); // also flushes
    return failed && status == 0 ? new Terminal().outputFailed().status() : status;
  }

  /**
   * Sets the log level, before the first logger is created. A server logs more than other commands.
   */
  private static void chooseLog(List<String> arguments) {
    boolean all = arguments.contains("--show-runtime-log");
    boolean serves = !arguments.isEmpty() && arguments.getFirst().equals("serve");
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, all || serves ? "info" : "warn");
    }
  }
}
