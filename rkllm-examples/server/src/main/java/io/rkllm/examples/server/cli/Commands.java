package io.rkllm.examples.server.cli;

import io.rkllm.ModelClosedException;
import io.rkllm.examples.chat.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The commands of the program. An error ends a command with a message on standard error. */
@Command(
    name = "rkllm",
    description = "Large language models on Rockchip NPUs: in the terminal, and over HTTP.",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    subcommands = {
      ChatCommand.class,
      RunCommand.class,
      ServeCommand.class,
      ListCommand.class,
      ShowCommand.class,
      PullCommand.class,
      CreateCommand.class,
      RemoveCommand.class,
      PsCommand.class,
      StopCommand.class,
      EmbedCommand.class,
      DoctorCommand.class,
      HostCommand.class,
      CompletionCommand.class
    })
public final class Commands implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  private Commands() {}

  /** Returns the command line, ready to be executed. */
  public static CommandLine line() {
    CommandLine line = new CommandLine(new Commands());
    line.setExpandAtFiles(false); // a prompt may begin with @
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(Path.class, Commands::path);
    line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler(Commands::refuse);
    line.setExecutionExceptionHandler((thrown, failed, given) -> complain(thrown, failed));
    line.getCommandSpec()
        .usageMessage()
        .footer(
            "",
            "rkllm COMMAND --help explains a command.",
            "",
            "Examples:",
            "  rkllm chat                                 chat with the demonstration model",
            "  rkllm pull user/repository/model.rkllm     download a model",
            "  rkllm run -m model \"What are you?\"         ask it once",
            "  rkllm serve                                serve all of them, with a chat page");
    return line;
  }

  /** Prints the usage, if no command is given. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCode.OK;
  }

  private static int refuse(ParameterException thrown, String[] given) {
    CommandLine failed = thrown.getCommandLine();
    failed.getErr().println(Terminal.harmless(String.valueOf(thrown.getMessage())));
    UnmatchedArgumentException.printSuggestions(thrown, failed.getErr());
    failed.getErr().println("Try %s --help.".formatted(failed.getCommandSpec().qualifiedName()));
    return ExitCode.USAGE;
  }

  private static int complain(Exception thrown, CommandLine failed) {
    if (thrown instanceof Terminal.ClosedException closed) {
      return closed.status();
    }
    if (thrown instanceof ModelClosedException && isShuttingDown()) {
      return ExitCode.SOFTWARE; // a signal ends the program, which closes the model
    }
    if (thrown instanceof UsageException) {
      failed.getErr().println(Terminal.harmless(String.valueOf(thrown.getMessage())));
      failed.getErr().println("Try %s --help.".formatted(failed.getCommandSpec().qualifiedName()));
      return ExitCode.USAGE;
    }
    failed
        .getErr()
        .println(
            (ErrorMessages.isExpected(thrown) ? "" : "internal error: ")
                + Terminal.harmless(ErrorMessages.of(thrown)));
    return ExitCode.SOFTWARE;
  }

  private static boolean isShuttingDown() {
    Thread hook = new Thread();
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      Runtime.getRuntime().removeShutdownHook(hook);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(
          "'"
              + text
              + "' is not a path that Java can open under this locale. Set LC_ALL=C.UTF-8, or use"
              + " an ASCII name.");
    }
  }

  /** The version in the manifest of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Commands.class.getPackage().getImplementationVersion();
      return new String[] {"rkllm " + (version == null ? "(not packaged)" : version)};
    }
  }
}
