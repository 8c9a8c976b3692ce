package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.runtime.Doctor;
import io.rkllm.runtime.DoctorReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rkllm doctor}: finds problems with the library or the board. */
@Command(
    name = "doctor",
    description = {
      "Examines the runtime's library and the machine.",
      "",
      "It prints its findings and what to do. The exit status is 0 if a model, or the one of"
          + " --model, can be loaded, and 1 otherwise."
    },
    footer = {
      "",
      "Examples:",
      "  rkllm doctor",
      "  rkllm doctor --library ./librkllmrt.so",
      "  rkllm doctor --model qwen3-0.6b"
    })
final class DoctorCommand implements Callable<Integer> {
  @Option(
      names = "--library",
      paramLabel = "FILE",
      description = "The librkllmrt.so to examine, or the folder it is in.")
  private @Nullable Path library;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "A name of the store, or an .rkllm file, to compare with this machine.")
  private @Nullable String model;

  @Mixin private StoreOptions store = new StoreOptions();

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException {
    DoctorReport report = library == null ? Doctor.examine() : Doctor.examine(library);
    if (model != null) {
      report = with(report, ModelOptions.named(model, store));
    }
    output.print(json ? asJson(report) + "\n" : report.toString());
    return report.usable() ? 0 : 1;
  }

  private static DoctorReport with(DoctorReport report, StoredModel model) {
    List<DoctorReport.Finding> findings = new ArrayList<>(report.findings());
    findings.addAll(ShowCommand.findings(model));
    boolean fits =
        findings.stream()
            .filter(finding -> finding.subject().startsWith("model "))
            .noneMatch(finding -> finding.status() == DoctorReport.Status.PROBLEM);
    return new DoctorReport(findings, report.usable() && fits);
  }

  private static ObjectNode asJson(DoctorReport report) {
    ObjectNode object = Json.object().put("usable", report.usable());
    object.set("findings", asJson(report.findings()));
    return object;
  }

  static ArrayNode asJson(List<DoctorReport.Finding> all) {
    ArrayNode findings = Json.object().putArray("findings");
    for (DoctorReport.Finding finding : all) {
      findings
          .addObject()
          .put("subject", finding.subject())
          .put("status", finding.status().name().toLowerCase(Locale.ROOT))
          .put("detail", finding.detail());
    }
    return findings;
  }
}
