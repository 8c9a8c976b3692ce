package io.rkllm.examples.server.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Creates a model from a Modelfile and the files that it refers to: an {@code .rkllm} file, or
 * another model of the store, whose settings apply where the new one has none. Files are hard links
 * where the file system supports them, so that a model made from another one takes no space. Not
 * thread-safe.
 */
final class ModelCreation {
  private static final Pattern REPOSITORY =
      Pattern.compile("\\w[\\w.-]*/\\w[\\w.-]*(@\\w[\\w.-]*)?");

  /** The maximum length of a system prompt, which exceeds the longest context. */
  private static final int MAX_SYSTEM = 65_536;

  private final ModelStore store;
  private final @Nullable Path base;
  private final List<Path> places = new ArrayList<>();

  /**
   * Prepares a creation in a store.
   *
   * @param base the folder that relative paths are resolved against; null if only files of the
   *     other model may be used
   */
  ModelCreation(ModelStore store, @Nullable Path base) {
    this.store = store;
    this.base = base;
  }

  /** Writes all files of the model into a folder. */
  void write(String name, String text, Path staged) throws IOException {
    // Created first: a link of this name would cause the other model's Modelfile to be overwritten.
    Path place = Files.createFile(staged.resolve(ModelStore.MODELFILE));
    String file = "the Modelfile of " + name;
    Modelfile modelfile = Modelfile.parse(file, text);
    if (modelfile.system() != null && modelfile.system().length() > MAX_SYSTEM) {
      throw new IllegalArgumentException(
          "%s: SYSTEM must have at most %d characters, has %d"
              .formatted(file, MAX_SYSTEM, modelfile.system().length()));
    }
    if (base == null) {
      rejectFolder(file, "HUGGINGFACE_PATH", modelfile.huggingFacePath());
      rejectFolder(file, "TOKENIZER", modelfile.tokenizer());
    }
    Optional<Path> named = base == null ? Optional.empty() : existing(base, modelfile.from());
    Path model;
    if (named.isPresent()) {
      model = named.get();
      if (!nameOf(model).endsWith(".rkllm")) {
        throw new IllegalArgumentException(
            file + ": FROM must name an .rkllm file, was " + modelfile.from());
      }
      Optional<String> problem = FileCheck.problem(model, nameOf(model));
      if (problem.isPresent()) {
        throw new IllegalArgumentException(model + " " + problem.get());
      }
      places.add(folderOf(model));
    } else {
      StoredModel origin = origin(modelfile.from());
      String merged = ModelfileWriter.write(origin.modelfile()) + "\n" + text;
      modelfile =
          ModelfileReader.parse(file, merged, _ -> {}); // warnings were logged when it was created
      model = origin.file();
      places.add(origin.folder());
      linkTokenizer(origin.folder(), staged);
    }
    if (base != null) {
      places.addFirst(base);
    }
    for (String lora : modelfile.loras()) {
      link(required("LORA", lora), staged);
    }
    if (modelfile.promptCache() != null) {
      link(required("PROMPT_CACHE", modelfile.promptCache()), staged);
    }
    if (modelfile.template() != null) {
      Optional<Path> template = find(modelfile.template()); // otherwise the name of a format
      if (template.isPresent()) {
        link(template.get(), staged);
      }
    }
    link(model, staged);
    Modelfile inPlace = inPlace(modelfile, nameOf(model));
    Files.writeString(place, ModelfileWriter.write(inPlace));
  }

  /** Rejects folders from callers that may not read all files of this machine. */
  private static void rejectFolder(String file, String key, @Nullable String place) {
    if (place != null && !REPOSITORY.matcher(place).matches()) {
      throw new IllegalArgumentException(
          "%s: %s must name a repository of the hub, such as Qwen/Qwen3-0.6B, was %s; only rkllm create, on this machine, takes folders"
              .formatted(file, key, place));
    }
  }

  private StoredModel origin(String from) {
    try {
      return store.get(from);
    } catch (UnknownModelException e) {
      throw new UnknownModelException(
          from,
          "FROM must name "
              + (base == null ? "" : "an .rkllm file or ")
              + "a model of the store, and "
              + e.getMessage());
    }
  }

  /** Replaces the paths of files by their names, since they are all in the same folder now. */
  private Modelfile inPlace(Modelfile modelfile, String from) {
    return new Modelfile(
        from,
        absolute(modelfile.huggingFacePath()),
        absolute(modelfile.tokenizer()),
        modelfile.template() == null ? null : lastName(modelfile.template()),
        modelfile.system(),
        modelfile.thinking(),
        modelfile.contextLength(),
        modelfile.maxNewTokens(),
        modelfile.sampling(),
        modelfile.imageTags(),
        modelfile.loras().stream().map(ModelCreation::lastName).toList(),
        modelfile.promptCache() == null ? null : lastName(modelfile.promptCache()),
        modelfile.imageSize());
  }

  /** Makes the path of a local folder absolute. Anything else is a repository. */
  private @Nullable String absolute(@Nullable String place) {
    if (place == null || base == null || place.contains("\0")) {
      return place;
    }
    Path path = base.resolve(place).normalize();
    return Files.exists(path) ? path.toString() : place;
  }

  private static String lastName(String path) {
    return path.contains("\n") ? path : path.substring(path.lastIndexOf('/') + 1);
  }

  private Path required(String key, String file) {
    return find(file)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s names %s, and there is no such file in %s"
                        .formatted(key, file, base == null ? "FROM's folder" : places)));
  }

  private Optional<Path> find(String file) {
    return places.stream().flatMap(place -> existing(place, file).stream()).findFirst();
  }

  /**
   * Returns a file if it exists. A file outside of the folder is returned only if any file may be
   * used.
   */
  private Optional<Path> existing(Path place, String file) {
    if (file.contains("\n") || file.contains("\0")) {
      return Optional.empty();
    }
    Path path = place.resolve(file).normalize();
    boolean allowed = base != null || path.startsWith(place.normalize());
    return allowed && Files.isRegularFile(path) ? Optional.of(path) : Optional.empty();
  }

  private static Path folderOf(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  private static String nameOf(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static void linkTokenizer(Path folder, Path staged) throws IOException {
    Path tokenizer = folder.resolve(ModelStore.TOKENIZER);
    if (Files.isDirectory(tokenizer)) {
      Path copy = Files.createDirectory(staged.resolve(ModelStore.TOKENIZER));
      try (Stream<Path> files = Files.list(tokenizer)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          link(file, copy);
        }
      }
    }
  }

  private static void link(Path file, Path folder) throws IOException {
    Path place = folder.resolve(nameOf(file));
    if (Files.exists(place)) {
      if (!Files.isSameFile(file, place)) {
        throw new IllegalArgumentException(
            "two files of the model are called " + nameOf(file) + "; rename one of them");
      }
      return;
    }
    try {
      Files.createLink(place, file.toRealPath());
    } catch (IOException | UnsupportedOperationException e) { // as between two file systems
      Files.copy(file, place, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
