package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.rkllm.examples.server.cli.Commands;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The program {@code rkllm} accepts what the documentation tells readers to type. */
class CommandLinesTest {
  private static final Pattern CALL =
      Pattern.compile("(?m)(?:^|[$|] |[ /])(?:rkllm|rkllm\\.jar) ([a-z]+\\b[^|#\\n]*)");

  private static final Pattern ARGUMENT = Pattern.compile("(?:\"[^\"]*\"|'[^']*'|[^\\s\"'])+");
  private static final Pattern OPTION = Pattern.compile("`(--[a-z-]+)");

  static List<String> calls() {
    return Page.all().stream()
        .flatMap(page -> Stream.of("sh", "").flatMap(language -> page.blocks(language).stream()))
        .flatMap(block -> block.code().lines().filter(line -> !line.startsWith("#")))
        .flatMap(line -> CALL.matcher(line).results().map(call -> call.group(1)))
        .map(call -> call.replaceAll(" \\d?>.*|\\).*", "").strip())
        .filter(call -> subcommands().contains(call.split(" ", 2)[0]))
        .distinct()
        .toList();
  }

  @ParameterizedTest
  @MethodSource("calls")
  void call_ofAnyPage_isAccepted(String call) {
    String[] arguments =
        ARGUMENT
            .matcher(call)
            .results()
            .map(argument -> argument.group().replaceAll("[\"']", ""))
            .toArray(String[]::new);
    assertThatCode(() -> Commands.line().parseArgs(arguments)).doesNotThrowAnyException();
  }

  @Test
  void option_ofThePage_exists() {
    assertThat(mentioned()).isNotEmpty().isSubsetOf(options(Commands.line()));
  }

  @Test
  void option_ofServe_isOnThePage() {
    Set<String> serve = options(Commands.line().getSubcommands().get("serve"));
    serve.removeAll(Set.of("--help", "--version"));
    assertThat(mentioned()).containsAll(serve);
  }

  private static Set<String> mentioned() {
    return new Page(Page.ROOT.resolve("docs/command-line.md"))
        .prose().stream()
            .flatMap(line -> OPTION.matcher(line).results())
            .map(option -> option.group(1))
            .collect(Collectors.toSet());
  }

  private static Set<String> subcommands() {
    return Commands.line().getSubcommands().keySet();
  }

  private static Set<String> options(CommandLine command) {
    return Stream.concat(Stream.of(command), command.getSubcommands().values().stream())
        .flatMap(each -> each.getCommandSpec().options().stream())
        .map(OptionSpec::longestName)
        .collect(Collectors.toSet());
  }
}
