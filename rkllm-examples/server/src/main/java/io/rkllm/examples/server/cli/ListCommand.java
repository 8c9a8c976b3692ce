package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.store.FileSize;
import io.rkllm.examples.server.store.StoredModel;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/** {@code rkllm list}: lists the models of the store. */
@Command(
    name = "list",
    aliases = "ls",
    description = "Lists the models of the store.",
    footer = {"", "Examples:", "  rkllm list", "  rkllm list --json | jq -r '.[].name'"})
final class ListCommand implements Callable<Integer> {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneId.systemDefault());

  @Mixin private StoreOptions store = new StoreOptions();

  @Option(names = "--json", description = "Print a JSON array.")
  private boolean json;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    List<StoredModel> models = store.store().list();
    if (json) {
      ArrayNode array = Json.array();
      models.forEach(model -> array.add(ShowCommand.asJson(model)));
      output.printLine(array.toString());
    } else if (models.isEmpty()) {
      output.say(
          "There is no model in %s yet. Download one: rkllm pull user/repository/file.rkllm"
              .formatted(store.folder()));
    } else {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("NAME", "SIZE", "MODIFIED"));
      for (StoredModel model : models) {
        rows.add(
            List.of(model.name(), FileSize.format(model.size()), DATE.format(model.modifiedAt())));
      }
      output.print(Table.of(rows));
    }
    return 0;
  }
}
