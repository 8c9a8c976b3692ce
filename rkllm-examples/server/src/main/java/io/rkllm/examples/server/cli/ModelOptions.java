package io.rkllm.examples.server.cli;

import io.rkllm.Sampling;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.model.LoadOptions;
import io.rkllm.examples.server.store.FileCheck;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that select a model and its settings for loading. */
final class ModelOptions {
  private static final int MAX_NAMES = 5;
  private static final String ENDING = ".rkllm";

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "A name of the store, or an .rkllm file. Without it, the demonstration model.")
  private @Nullable String model;

  @Option(
      names = "--demo",
      description = "Use the demonstration model, on a simulated runtime that needs no board.")
  private boolean demo;

  @Mixin private StoreOptions store = new StoreOptions();

  @Option(
      names = "--library",
      paramLabel = "FILE",
      description =
          "The librkllmrt.so to use, or the folder it is in. Without it RKLLM_LIBRARY_PATH, then"
              + " the usual folders.")
  private @Nullable Path library;

  @Option(
      names = "--context",
      paramLabel = "TOKENS",
      description = "The context length: tokens of prompt and answer together, a multiple of 32.")
  private @Nullable Integer context;

  @Option(
      names = "--lora",
      paramLabel = "FILE",
      description = "A LoRA adapter to answer with. Repeatable.")
  private List<Path> loras = new ArrayList<>();

  @Option(
      names = "--prompt-cache",
      paramLabel = "FILE",
      description = "A prompt cache to load with the model.")
  private @Nullable Path promptCache;

  @Option(
      names = "--show-runtime-log",
      description = "Show what the runtime and the program log, on standard error.")
  boolean showRuntimeLog; // RkllmProgram looks for it, before there is a logger

  private boolean simulated = true; // the demonstration model is selected

  /** Sets the model that was named without the option. */
  void model(@Nullable String named) {
    if (named != null && model != null) {
      throw new UsageException("two models are named, %s and %s; name one".formatted(model, named));
    }
    if (named != null) {
      model = named;
    }
  }

  /**
   * Returns the selected model.
   *
   * @param over settings from the command line that override these options
   * @throws io.rkllm.examples.server.store.UnknownModelException if there is no model of this name
   */
  StoredModel chosen(Modelfile over, Terminal terminal) throws IOException {
    if (model != null && demo) {
      throw new UsageException("--demo selects the demonstration model; leave out " + model);
    }
    if (model != null) {
      return named(model, over);
    }
    StoredModel chosen = with(DemoModel.model(), over);
    terminal.note(
        (demo ? "The" : "No model is named: the")
            + " demonstration model answers, by script, on a simulated runtime."
            + (demo || names().isEmpty() ? "" : " Choose another with -m: " + named(names())));
    return chosen;
  }

  /**
   * Returns the model of this name instead of the selected one.
   *
   * @param over settings from the command line that override these options
   * @throws io.rkllm.examples.server.store.UnknownModelException if there is no model of this name
   */
  StoredModel named(String name, Modelfile over) throws IOException {
    StoredModel chosen = with(named(name, store), over);
    simulated = false;
    return chosen;
  }

  /** Returns the names of the models in the store. */
  List<String> names() {
    return store.store().list().stream().map(StoredModel::name).toList();
  }

  private static String named(List<String> names) {
    return names.size() <= MAX_NAMES
        ? String.join(", ", names) + "."
        : String.join(", ", names.subList(0, MAX_NAMES)) + ", … (rkllm list shows all).";
  }

  private StoredModel with(StoredModel stored, Modelfile over) {
    Modelfile modelfile = stored.modelfile().overriddenBy(over).overriddenBy(ofOptions());
    return new StoredModel(
        stored.name(),
        stored.folder(),
        stored.file(),
        modelfile,
        stored.size(),
        stored.modifiedAt());
  }

  private Modelfile ofOptions() {
    if (context != null) {
      ContextOption.check(context);
    }
    return new Modelfile(
        "",
        null,
        null,
        null,
        null,
        null,
        context,
        null,
        Sampling.defaults(),
        null,
        loras.stream().map(path -> path.toAbsolutePath().toString()).toList(),
        promptCache == null ? null : promptCache.toAbsolutePath().toString());
  }

  /** Finds a model by its name in the store or by the path of an .rkllm file. */
  static StoredModel named(String name, StoreOptions store) throws IOException {
    Path file = Path.of(name);
    if (name.endsWith(ENDING) && Files.isRegularFile(file)) {
      FileCheck.problem(file, name)
          .ifPresent(
              problem -> {
                throw new IllegalArgumentException(name + " " + problem);
              });
      return ofFile(file.toAbsolutePath().normalize());
    }
    // A file that only happens to have the name of a model does not hide the model.
    if (Files.isRegularFile(file) && !store.store().contains(name)) {
      throw new IllegalArgumentException(name + " is not an .rkllm file" + FileCheck.hint(file));
    }
    if (name.contains("/")) {
      throw new IllegalArgumentException(
          looksPullable(name)
              ? "there is no file %s; if it is a model of the hub, fetch it with: rkllm pull %s"
                  .formatted(name, name)
              : "there is no file " + name + "; a model is a name of the store, or an .rkllm file");
    }
    return store.store().get(name);
  }

  /** Returns whether a name looks like {@code user/repository}, a file in it, or its web page. */
  private static boolean looksPullable(String name) {
    return name.startsWith("https://") || name.matches("[\\w.-]+/[\\w.-]+(/[^/]+)*");
  }

  /**
   * Returns a file as a model, with the settings of the Modelfile beside it if that refers to the
   * file.
   */
  private static StoredModel ofFile(Path file) throws IOException {
    String fileName = String.valueOf(file.getFileName());
    Path folder = file.resolveSibling(".").normalize();
    Path beside = folder.resolve(ModelStore.MODELFILE);
    Modelfile modelfile = Modelfile.of(fileName);
    if (Files.isRegularFile(beside)) {
      Modelfile found = Modelfile.parse(beside.toString(), Files.readString(beside));
      if (folder.resolve(found.from()).normalize().equals(file)) {
        modelfile = found;
      }
    }
    String name = fileName.substring(0, fileName.length() - ENDING.length());
    return new StoredModel(
        name.replaceAll("[^A-Za-z0-9._:-]", "-"),
        folder,
        file,
        modelfile,
        Files.size(file),
        Files.getLastModifiedTime(file).toInstant());
  }

  /** Returns options for loading one model, which stays loaded until the program ends. */
  LoadOptions load() {
    return LoadOptions.builder()
        .keepAlive(Duration.ofSeconds(-1))
        .library(library == null && simulated ? DemoModel.library() : library)
        .build();
  }
}
