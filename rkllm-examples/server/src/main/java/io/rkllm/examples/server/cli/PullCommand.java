package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.hub.HuggingFaceHub;
import io.rkllm.examples.server.store.StoredModel;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rkllm pull}: downloads a model from the Hugging Face hub. */
@Command(
    name = "pull",
    description = {
      "Downloads a model from the Hugging Face hub.",
      "",
      "The model is installed in the store. Run an interrupted pull again to continue where it"
          + " stopped.",
      "",
      "HF_TOKEN is an access token, for private or restricted repositories; HF_ENDPOINT is the"
          + " address of a mirror of the hub."
    },
    footer = {
      "",
      "Examples:",
      "  rkllm pull user/repository/model.rkllm",
      "  rkllm pull user/repository/model.rkllm@v2 --name mine",
      "  rkllm pull user/repository/model.rkllm --tokenizer Qwen/Qwen3-0.6B"
    })
final class PullCommand implements Callable<Integer> {
  private final Terminal terminal = new Terminal();

  @Parameters(
      paramLabel = "USER/REPOSITORY/FILE",
      description =
          "The .rkllm file, optionally followed by @REVISION, or the address of its web page."
              + " USER/REPOSITORY alone lists its files.")
  private String reference = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The name in the store; by default that of the file.")
  private @Nullable String name;

  @Option(
      names = "--tokenizer",
      paramLabel = "USER/REPOSITORY",
      description = "A repository whose tokenizer and chat template to use, if its own has none.")
  private @Nullable String tokenizer;

  @Option(names = "--json", description = "Print the model as a JSON object at the end.")
  private boolean json;

  @Mixin private StoreOptions store = new StoreOptions();

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws InterruptedException {
    StoredModel model;
    try (PullProgressBar bar = new PullProgressBar(terminal)) {
      model =
          HuggingFaceHub.fromEnvironment()
              .pull(reference, name, tokenizer, store.store(), bar::show);
    }
    output.printLine(json ? ShowCommand.asJson(model).toString() : model.name());
    return 0;
  }
}
