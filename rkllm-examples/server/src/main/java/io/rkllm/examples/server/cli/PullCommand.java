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

/** {@code rkllm pull}: a model from the Hugging Face hub. */
@Command(
    name = "pull",
    description = {
      "Fetches a model from the Hugging Face hub.",
      "",
      "It is put into the store. A pull that was cut off goes on where it stood when it is called"
          + " again.",
      "",
      "HF_TOKEN shows who asks, for repositories that are not for everybody; HF_ENDPOINT is another"
          + " address of the hub."
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
      description = "The .rkllm file, with @REVISION behind it or not.")
  private String reference = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What it is called in the store; without it, as the file.")
  private @Nullable String name;

  @Option(
      names = "--tokenizer",
      paramLabel = "USER/REPOSITORY",
      description = "Whose tokenizer and chat template it uses, where its own repository has none.")
  private @Nullable String tokenizer;

  @Option(names = "--json", description = "Print the model as a JSON object in the end.")
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
