package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.hub.HuggingFaceHub;
import io.rkllm.examples.server.model.ModelLoader;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.ModelfileWriter;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rkllm create}: creates a model from a Modelfile. */
@Command(
    name = "create",
    description = {
      "Creates a model from a Modelfile.",
      "",
      "FROM is an .rkllm file, or a model of the store, from which the new model inherits the"
          + " settings that it does not override. An existing model gets the new settings."
    },
    footer = {
      "",
      "Examples:",
      "  rkllm create mine --file Modelfile",
      "  rkllm create qwen3 --from ./qwen3-0.6b.rkllm --tokenizer Qwen/Qwen3-0.6B",
      "  rkllm create poet --from qwen3 --set SYSTEM=\"Answer in rhymes.\" --set TEMPERATURE=1.2"
    })
final class CreateCommand implements Callable<Integer> {
  private final Terminal terminal = new Terminal();

  @Parameters(paramLabel = "NAME", description = "The name in the store.")
  private String name = "";

  @Option(
      names = {"-f", "--file"},
      paramLabel = "MODELFILE",
      description = "The Modelfile; - for standard input.")
  private @Nullable Path file;

  @Option(names = "--from", paramLabel = "MODEL", description = "The same as FROM.")
  private @Nullable String from;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A line of the Modelfile. Repeatable.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--tokenizer",
      paramLabel = "USER/REPOSITORY",
      description = "A repository of the hub with the tokenizer and chat template of the model.")
  private @Nullable String tokenizer;

  @Mixin private StoreOptions store = new StoreOptions();

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (file == null && from == null) {
      throw new UsageException(
          "nothing to create the model from; use --file MODELFILE or --from MODEL");
    }
    ModelStore models = store.store();
    StoredModel model = models.create(name, text(), base(), ModelLoader::check);
    if (tokenizer != null) {
      withTokenizer(models, model, tokenizer);
    }
    output.printLine(model.name());
    return 0;
  }

  private String text() throws IOException {
    StringBuilder text = new StringBuilder();
    if (file != null) {
      text.append(isInput() ? terminal.readAll() : Files.readString(file)).append('\n');
    }
    if (from != null) {
      text.append(ModelfileWriter.line("FROM", from));
    }
    settings.forEach(setting -> text.append(line(setting)));
    return text.toString();
  }

  private static String line(String setting) {
    int equals = setting.indexOf('=');
    if (equals < 1) {
      throw new UsageException("--set takes KEY=VALUE, was " + setting);
    }
    return ModelfileWriter.line(setting.substring(0, equals), setting.substring(equals + 1));
  }

  private boolean isInput() {
    return file != null && file.toString().equals("-");
  }

  /** Returns the folder of the Modelfile, against which relative paths are resolved. */
  private Path base() {
    return file == null || isInput()
        ? Path.of("").toAbsolutePath()
        : file.toAbsolutePath().resolveSibling(".").normalize();
  }

  private void withTokenizer(ModelStore models, StoredModel model, String repository)
      throws IOException, InterruptedException {
    if (HuggingFaceHub.fromEnvironment().fetchTokenizer(repository, model.folder())) {
      models.create(
          name, ModelfileWriter.write(Modelfile.of(model.name()).withHuggingFacePath(repository)));
    } else {
      terminal.complain(repository + " has no tokenizer.json; the model is used without one.");
    }
  }
}
