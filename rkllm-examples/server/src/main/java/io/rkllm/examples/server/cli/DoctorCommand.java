package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.Json;
import io.rkllm.runtime.Doctor;
import io.rkllm.runtime.DoctorReport;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rkllm doctor}: what is wrong with the library or the board. */
@Command(
    name = "doctor",
    description = {
      "Examines the runtime's library and the machine.",
      "",
      "It says what it found and what to do. The exit status is 0 if a model could be loaded, else"
          + " 1."
    },
    footer = {"", "Examples:", "  rkllm doctor", "  rkllm doctor --library ./librkllmrt.so"})
final class DoctorCommand implements Callable<Integer> {
  @Option(
      names = "--library",
      paramLabel = "FILE",
      description = "The librkllmrt.so to examine, or the folder it is in.")
  private @Nullable Path library;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    DoctorReport report = library == null ? Doctor.examine() : Doctor.examine(library);
    output.print(json ? asJson(report) + "\n" : report.toString());
    return report.usable() ? 0 : 1;
  }

  private static ObjectNode asJson(DoctorReport report) {
    ObjectNode object = Json.object().put("usable", report.usable());
    ArrayNode findings = object.putArray("findings");
    for (DoctorReport.Finding finding : report.findings()) {
      findings
          .addObject()
          .put("subject", finding.subject())
          .put("status", finding.status().name().toLowerCase(Locale.ROOT))
          .put("detail", finding.detail());
    }
    return object;
  }
}
