package io.rkllm.examples.server.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rkllm completion}: prints a completion script for the shell. */
@Command(
    name = "completion",
    description = "Prints a script by which the shell completes commands, options and models.",
    footer = {"", "Example:", "  source <(rkllm completion)"})
final class CompletionCommand implements Callable<Integer> {
  /**
   * Adds the names of models to the completions of the generated script. The shell reads the folder
   * itself, because starting this program for each key press would take too long.
   */
  private static final String MODELS =
      """

      function _rkllm_models() {
        local folder="${RKLLM_MODELS:-$HOME/RKLLAMA/models}" i path
        for ((i = 1; i < COMP_CWORD; i++)); do
          [ "${COMP_WORDS[i]}" = --models ] && folder="${COMP_WORDS[i + 1]}"
        done
        for path in "$folder"/*/ "$folder"/*.rkllm; do
          [ -e "$path" ] || continue
          path="${path%/}"
          path="${path##*/}"
          echo "${path%.rkllm}"
        done
      }

      function _complete_rkllm_models() {
        local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}"
        _complete_rkllm "$@"
        case "$before" in
          -m | --model | --from | show | chat | rm | stop)
            [ "${word#-}" = "$word" ] || return
            COMPREPLY+=($(compgen -W "$(_rkllm_models)" -- "$word"))
            ;;
        esac
      }

      complete -F _complete_rkllm_models -o default rkllm rkllm.sh rkllm.bash
      """;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    output.print(AutoComplete.bash(root.getCommandName(), root) + MODELS);
    return 0;
  }
}
