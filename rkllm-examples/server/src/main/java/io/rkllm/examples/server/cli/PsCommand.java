package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.store.FileSize;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code rkllm ps}: lists the models that a server has in memory. */
@Command(
    name = "ps",
    description = "Lists the models that a running server has loaded.",
    footer = {"", "Examples:", "  rkllm ps", "  rkllm ps --server http://board.local:8080 --json"})
final class PsCommand implements Callable<Integer> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneId.systemDefault());
  private static final int YEAR_OF_NEVER = 2200;

  @Mixin private ServerClient server = new ServerClient();

  @Option(names = "--json", description = "Print the JSON of the server.")
  private boolean json;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonNode models = server.get("/api/ps").path("models");
    if (json) {
      output.printLine(models.isArray() ? models.toString() : "[]");
      return 0;
    }
    if (models.isEmpty()) {
      output.say("No model is loaded.");
      return 0;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("NAME", "SIZE", "CONTEXT", "UNLOADED AT"));
    for (JsonNode model : models) {
      rows.add(
          List.of(
              model.path("name").asString("?"),
              FileSize.format(model.path("size").asLong(0)),
              model.path("context_length").asString("-"),
              time(model.path("expires_at").asString(""))));
    }
    output.print(Table.of(rows));
    return 0;
  }

  /** Formats the time at which a model expires. A date in the distant future means never. */
  static String time(String expires) {
    try {
      OffsetDateTime at = OffsetDateTime.parse(expires);
      Instant instant = at.toInstant();
      return at.getYear() > YEAR_OF_NEVER ? "never" : TIME.format(instant);
    } catch (DateTimeParseException e) {
      return "-";
    }
  }
}
