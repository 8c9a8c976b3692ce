package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.store.ModelStore;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code rkllm rm}: deletes models. */
@Command(
    name = "rm",
    description = {
      "Deletes models of the store.",
      "",
      "All files in their folders are deleted, including those of interrupted pulls."
    },
    footer = {"", "Example:", "  rkllm rm qwen3-0.6b"})
final class RemoveCommand implements Callable<Integer> {
  @Mixin private StoreOptions store = new StoreOptions();

  @Parameters(arity = "1..*", paramLabel = "MODEL", description = "Names of the store.")
  private List<String> names = List.of();

  @Mixin private Output output = new Output();

  /** Deletes the models, continuing with the others if one cannot be deleted. */
  @Override
  public Integer call() {
    ModelStore models = store.store();
    int status = 0;
    for (String name : names) {
      try {
        models.delete(name);
        output.say(name + " is deleted.");
      } catch (RuntimeException e) {
        output.say(ErrorMessages.of(e));
        status = 1;
      }
    }
    return status;
  }
}
