package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rkllm embed}: prints embeddings of texts. */
@Command(
    name = "embed",
    description = {
      "Prints embeddings of texts.",
      "",
      "The texts are the arguments, or the lines of the piped input. Each embedding is a line"
          + " of JSON."
    },
    footer = {
      "",
      "Examples:",
      "  rkllm embed -m qwen3-embedding-0.6b \"How do I reset my password?\"",
      "  rkllm embed -m qwen3-embedding-0.6b --json < lines.txt"
    })
final class EmbedCommand implements Callable<Integer> {
  private final Terminal terminal = new Terminal();

  @Parameters(arity = "0..*", paramLabel = "TEXT", description = "The texts.")
  private List<String> texts = List.of();

  @Option(names = "--json", description = "Print each embedding as an object with its text.")
  private boolean json;

  @Mixin private ModelOptions options = new ModelOptions();

  @Override
  public Integer call() throws IOException {
    List<String> all = texts;
    if (all.isEmpty() && !terminal.readsFromTerminal()) {
      all = terminal.readAll().lines().filter(line -> !line.isBlank()).toList();
    }
    if (all.isEmpty()) {
      throw new UsageException("there is no text; give it as an argument, or pipe lines in");
    }
    StoredModel stored = options.chosen(Modelfile.of(""), terminal);
    Interrupts.install(terminal, false);
    try (RunningModel model = RunningModel.load(stored, options.load(), terminal)) {
      for (String text : all) {
        terminal.printLine(line(text, model.served().model().embed(text)));
      }
    }
    return 0;
  }

  private String line(String text, float[] embedding) {
    ArrayNode numbers = Json.array();
    for (float number : embedding) {
      numbers.add(number);
    }
    if (!json) {
      return numbers.toString();
    }
    ObjectNode object = Json.object().put("text", text);
    object.set("embedding", numbers);
    return object.toString();
  }
}
