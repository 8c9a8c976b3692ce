package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.model.Memory;
import io.rkllm.examples.server.store.FileCheck;
import io.rkllm.examples.server.store.FileSize;
import io.rkllm.examples.server.store.ModelfileWriter;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.file.ModelFile;
import io.rkllm.runtime.Doctor;
import io.rkllm.runtime.DoctorReport;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code rkllm show}: displays the properties of a model in the store. */
@Command(
    name = "show",
    description = "Shows the facts in a model file, whether it fits this board, and its settings.",
    footer = {
      "",
      "Examples:",
      "  rkllm show qwen3-0.6b",
      "  rkllm show --json ./Qwen3-0.6B_W8A8_RK3588.rkllm",
      "  rkllm show --modelfile qwen3-0.6b > Modelfile     to change it, and rkllm create another"
    })
final class ShowCommand implements Callable<Integer> {
  @Mixin private StoreOptions store = new StoreOptions();

  @Parameters(paramLabel = "MODEL", description = "A name of the store, or an .rkllm file.")
  private String name = "";

  @Option(
      names = "--modelfile",
      description = "Print only the Modelfile, with all values as parsed.")
  private boolean modelfile;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException {
    StoredModel model = ModelOptions.named(name, store);
    output.print(words(model));
    return 0;
  }

  private String words(StoredModel model) {
    if (json) {
      return withFacts(model) + "\n";
    }
    String text = ModelfileWriter.write(model.modelfile());
    if (modelfile) {
      return text;
    }
    return "name      %s\nfile      %s\nsize      %s\n%sModelfile\n%s"
        .formatted(
            model.name(),
            model.file(),
            FileSize.format(model.size()),
            facts(model),
            text.indent(2));
  }

  private static String facts(StoredModel model) {
    Optional<ModelFile> file = model.facts();
    if (file.isEmpty()) {
      return problem(model).map("problem   the file %s\n"::formatted).orElse("");
    }
    String findings = new DoctorReport(findings(model), true).toString();
    return "facts\n%sboard\n%s"
        .formatted(Table.of(ModelFileFacts.rows(file.get())).indent(2), findings.indent(2));
  }

  /** Compares a model with this machine. */
  static List<DoctorReport.Finding> findings(StoredModel model) {
    return model
        .facts()
        .map(file -> findings(model, file))
        .orElseGet(
            () ->
                List.of(
                    problem(model)
                        .map(problem -> finding(DoctorReport.Status.WARNING, problem, model))
                        .orElseGet(
                            () ->
                                finding(
                                    DoctorReport.Status.INFO,
                                    "is of a format without facts",
                                    model))));
  }

  private static DoctorReport.Finding finding(
      DoctorReport.Status status, String what, StoredModel model) {
    return new DoctorReport.Finding("model file", status, model.file() + " " + what);
  }

  /**
   * Returns why the file cannot be a model, as the rest of a sentence that begins with its name.
   */
  private static Optional<String> problem(StoredModel model) {
    try {
      return FileCheck.problem(model.file(), "model.rkllm");
    } catch (IOException e) {
      return Optional.of("cannot be read: " + e.getMessage());
    }
  }

  private static List<DoctorReport.Finding> findings(StoredModel model, ModelFile file) {
    Integer own = model.modelfile().contextLength();
    int context = own != null ? own : Math.min(4096, file.maxContext().orElse(4096));
    return new ModelFindings(file, Doctor.soc(), Memory.available(), Math.max(1, context)).all();
  }

  private static ObjectNode withFacts(StoredModel model) {
    ObjectNode object = asJson(model);
    Optional<ModelFile> file = model.facts();
    if (file.isPresent()) {
      ModelFileFacts.addTo(object, file.get());
      object.set("board", DoctorCommand.asJson(findings(model)));
    } else {
      problem(model).ifPresent(problem -> object.put("problem", problem));
    }
    return object;
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
