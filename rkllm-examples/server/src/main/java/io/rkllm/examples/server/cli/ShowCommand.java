package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.store.FileSize;
import io.rkllm.examples.server.store.ModelfileWriter;
import io.rkllm.examples.server.store.StoredModel;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code rkllm show}: what a model of the store is. */
@Command(
    name = "show",
    description = "Shows where a model is and how it is set up.",
    footer = {
      "",
      "Examples:",
      "  rkllm show qwen3-0.6b",
      "  rkllm show --modelfile qwen3-0.6b > Modelfile     to change it, and rkllm create another"
    })
final class ShowCommand implements Callable<Integer> {
  @Mixin private StoreOptions store = new StoreOptions();

  @Parameters(paramLabel = "MODEL", description = "A name of the store.")
  private String name = "";

  @Option(names = "--modelfile", description = "Print the Modelfile alone, as it is understood.")
  private boolean modelfile;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    StoredModel model = store.store().get(name);
    output.print(words(model));
    return 0;
  }

  private String words(StoredModel model) {
    if (json) {
      return asJson(model) + "\n";
    }
    String text = ModelfileWriter.write(model.modelfile());
    if (modelfile) {
      return text;
    }
    return "name      %s\nfile      %s\nsize      %s\nModelfile\n%s"
        .formatted(model.name(), model.file(), FileSize.format(model.size()), text.indent(2));
  }

  static ObjectNode asJson(StoredModel model) {
    return Json.object()
        .put("name", model.name())
        .put("file", model.file().toString())
        .put("size", model.size())
        .put("modified_at", model.modifiedAt().toString())
        .put("modelfile", ModelfileWriter.write(model.modelfile()));
  }
}
