package io.rkllm.examples.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models on disk: a folder with a subfolder for each model, which contains a Modelfile and the
 * {@code .rkllm} file. The folder is read on each call, so that files may be added manually.
 *
 * <p>Thread-safe.
 */
public class ModelStore {
  /** The name of the file that describes a model. */
  public static final String MODELFILE = "Modelfile";

  /**
   * The folder beside the Modelfile that contains the files of a tokenizer, if they were pulled.
   */
  public static final String TOKENIZER = "tokenizer";

  private static final String ENDING = ".rkllm";

  private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);

  private final Path folder;
  private final List<StoredModel> besides;
  private final StoreFolder changes;

  /** The warnings that were last logged, by the folder of the model. */
  private final ValuesByFile<List<String>> warned = new ValuesByFile<>();

  /**
   * Creates a store of the models in a folder, which need not exist yet.
   *
   * @param besides models outside of the folder, such as the demonstration model
   */
  public ModelStore(Path folder, List<StoredModel> besides) {
    this.folder = folder.toAbsolutePath().normalize();
    this.besides = List.copyOf(besides);
    changes = new StoreFolder(this.folder);
  }

  /** Returns {@code ~/RKLLAMA/models}, the folder that RKLLama uses. */
  public static Path defaultFolder() {
    return Path.of(System.getProperty("user.home"), "RKLLAMA", "models");
  }

  /** Returns the folder of the models. */
  public Path folder() {
    return folder;
  }

  /**
   * Returns all models, by name. Models that cannot be used are left out, and the reason is logged
   * once.
   *
   * @throws StoreException if the folder cannot be read
   */
  public List<StoredModel> list() {
    List<StoredModel> models = new ArrayList<>(besides);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> folders = Files.list(folder)) {
        folders
            .filter(path -> !nameOf(path).startsWith("."))
            .filter(path -> Files.isDirectory(path) || (isBare(path) && !hasFolder(path)))
            .forEach(path -> readOrTell(path).ifPresent(models::add));
      } catch (IOException e) {
        throw new StoreException("cannot read the folder of models " + folder, e);
      }
    }
    models.sort(Comparator.comparing(StoredModel::name));
    return models;
  }

  /**
   * Returns a model by its name. If no model has exactly this name, case is ignored, and so is a
   * suffix {@code :latest} or the extension of a model file.
   *
   * @throws UnknownModelException if there is no such model
   * @throws IllegalArgumentException if its Modelfile cannot be used
   */
  public StoredModel get(String name) {
    String found = find(name).orElseThrow(() -> unknown(name));
    for (StoredModel model : besides) {
      if (model.name().equals(found)) {
        return model;
      }
    }
    Path path = folder.resolve(found);
    return read(Files.isDirectory(path) ? path : folder.resolve(found + ENDING));
  }

  /** Returns whether there is a model of this name, as {@link #get} finds it. */
  public boolean contains(String name) {
    return find(name).isPresent();
  }

  /** Returns the name of a model as the store has it, as {@link #get} finds it. */
  public Optional<String> find(String name) {
    String plain = ModelName.plain(name);
    String stem = withoutEnding(plain);
    return Stream.of(plain, stem)
        .filter(this::has)
        .findFirst()
        .or(
            () ->
                names().stream()
                    .filter(it -> it.equalsIgnoreCase(plain) || it.equalsIgnoreCase(stem))
                    .findFirst());
  }

  private boolean has(String name) {
    return besides.stream().anyMatch(model -> model.name().equals(name))
        || (ModelName.isValid(name)
            && (Files.isDirectory(folder.resolve(name)) || isBare(folder.resolve(name + ENDING))));
  }

  /** Returns the names of all models, including those whose Modelfile cannot be used. */
  private Set<String> names() {
    Set<String> names = new TreeSet<>();
    besides.forEach(model -> names.add(model.name()));
    if (Files.isDirectory(folder)) {
      try (Stream<Path> paths = Files.list(folder)) {
        paths
            .filter(path -> Files.isDirectory(path) || isBare(path))
            .map(path -> isBare(path) ? withoutEnding(nameOf(path)) : nameOf(path))
            .filter(ModelName::isValid)
            .forEach(names::add);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the folder of models " + folder, e);
      }
    }
    return names;
  }

  private static String withoutEnding(String name) {
    int end = name.length() - ENDING.length();
    return end > 0 && name.regionMatches(true, end, ENDING, 0, ENDING.length())
        ? name.substring(0, end)
        : name;
  }

  private UnknownModelException unknown(String name) {
    List<String> names = list().stream().map(StoredModel::name).toList();
    return new UnknownModelException(
        name,
        "there is no model \""
            + (name.length() > 200 ? name.substring(0, 200) + "…" : name)
            + "\"; "
            + (names.isEmpty()
                ? "the store is empty: rkllm pull user/repository/file.rkllm fetches one"
                : "there are " + String.join(", ", names)));
  }

  /**
   * Creates a model from another one of the store, whose settings apply where the Modelfile has
   * none. An existing model of the same name gets the new settings.
   *
   * @param modelfile the text of the Modelfile, whose FROM is the other model
   * @throws UnknownModelException if the other model does not exist
   * @throws IllegalArgumentException if the name or the Modelfile cannot be used
   * @throws StoreException if the model cannot be written
   */
  public StoredModel create(String name, String modelfile) {
    return create(name, modelfile, null);
  }

  /**
   * Creates a model whose Modelfile may also refer to files.
   *
   * @param base the folder that relative paths are resolved against; null to reject files, for
   *     callers that may not read all files of this machine
   */
  public StoredModel create(String name, String modelfile, @Nullable Path base) {
    return create(name, modelfile, base, _ -> {});
  }

  /**
   * Creates a model if it passes a check.
   *
   * @param check receives the model before it gets its name; throws an {@link
   *     IllegalArgumentException} if the model cannot be used
   */
  public StoredModel create(
      String name, String modelfile, @Nullable Path base, Consumer<StoredModel> check) {
    String plain = changeable(name);
    try {
      Path staged = changes.stage();
      try {
        new ModelCreation(this, base).write(plain, modelfile, staged);
        check.accept(readFolder(plain, staged, Modelfile::parse));
        changes.install(staged, plain);
      } catch (Throwable thrown) {
        StoreFolder.deleteTree(staged);
        throw thrown;
      }
    } catch (IOException e) {
      throw new StoreException("cannot create " + plain + " in " + folder, e);
    }
    return get(plain);
  }

  /**
   * Installs the files in a folder under the name of a model. If there is a model of that name, its
   * files are added or replaced. Blocks until all files are on the disk.
   *
   * @param staged a subfolder of the store whose name begins with a dot; it does not exist
   *     afterwards
   */
  public StoredModel install(String name, Path staged) throws IOException {
    changes.install(staged, changeable(name));
    return get(name);
  }

  /** Returns the folder that collects the files of a model while they are pulled. */
  public Path pullFolder(String name) {
    return folder.resolve("." + ModelName.check(name) + ".part");
  }

  /**
   * Deletes a model with all files in its folder, and the files kept by a failed pull. If the
   * folder is a link, only the link is deleted.
   *
   * @throws UnknownModelException if there is no such model
   * @throws IllegalArgumentException if the model is not in a folder of the store
   * @throws StoreException if the model cannot be deleted
   */
  public void delete(String name) {
    String plain = changeable(find(name).orElse(name));
    Path path = folder.resolve(plain);
    Path pulled = pullFolder(plain);
    try {
      boolean kept = Files.isDirectory(pulled);
      if (kept) {
        changes.remove(pulled);
      }
      if (Files.isSymbolicLink(path)) {
        Files.delete(path);
      } else if (Files.isDirectory(path)) {
        changes.remove(path);
      } else if (!kept) {
        StoredModel bare = get(plain);
        throw new IllegalArgumentException(
            plain
                + " is a file rather than a folder of the store, and is not deleted: delete "
                + bare.file());
      }
    } catch (NoSuchFileException e) {
      throw unknown(name); // another process has deleted it
    } catch (IOException e) {
      throw new StoreException("cannot delete " + plain + " in " + folder, e);
    }
  }

  /** Returns the plain form of the name of a model that may be changed. */
  private String changeable(String name) {
    String plain = ModelName.check(ModelName.plain(name));
    if (besides.stream().anyMatch(model -> model.name().equals(plain))) {
      throw new IllegalArgumentException(
          plain + " is not in the store and cannot be changed; choose another name");
    }
    return plain;
  }

  private static boolean isBare(Path path) {
    return nameOf(path).endsWith(ENDING) && Files.isRegularFile(path);
  }

  private boolean hasFolder(Path bare) {
    String file = nameOf(bare);
    return Files.isDirectory(folder.resolve(file.substring(0, file.length() - ENDING.length())));
  }

  private static String nameOf(Path path) {
    return String.valueOf(path.getFileName());
  }

  private Optional<StoredModel> readOrTell(Path path) {
    try {
      return Optional.of(read(path));
    } catch (IllegalArgumentException | UncheckedIOException e) {
      warnOnce(path, List.of(nameOf(path) + " is left out: " + e.getMessage()));
      return Optional.empty();
    }
  }

  /** Logs the warnings about a model, unless they are the same as those logged last. */
  private void warnOnce(Path path, List<String> now) {
    List<String> before = now.isEmpty() ? warned.remove(path) : warned.put(path, now);
    if (!now.isEmpty() && !now.equals(before)) {
      now.forEach(LOG::warn);
    }
  }

  /** Reads a folder, or a file without a folder, as used by early releases of RKLLama. */
  private StoredModel read(Path path) {
    try {
      if (isBare(path)) {
        String file = nameOf(path);
        String name = file.substring(0, file.length() - ENDING.length());
        return stored(ModelName.check(name), folder, path, Modelfile.of(file));
      }
      List<String> warnings = new ArrayList<>();
      StoredModel model =
          readFolder(
              ModelName.check(nameOf(path)),
              path,
              (file, text) -> ModelfileReader.parse(file, text, warnings::add));
      warnOnce(path, warnings);
      return model;
    } catch (IOException e) {
      throw new StoreException("cannot read the model in " + path, e);
    }
  }

  private static StoredModel readFolder(
      String name, Path path, BiFunction<String, String, Modelfile> parser) throws IOException {
    Path description = path.resolve(MODELFILE);
    Modelfile modelfile =
        Files.isRegularFile(description)
            ? parser.apply(description.toString(), ModelfileReader.readText(description))
            : Modelfile.of(onlyModelIn(path));
    Path file = path.resolve(modelfile.from()).normalize();
    if (!file.startsWith(path) || !Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          description + ": FROM names " + modelfile.from() + ", which is not in its folder");
    }
    return stored(name, path, file, modelfile);
  }

  private static StoredModel stored(String name, Path folder, Path file, Modelfile modelfile)
      throws IOException {
    return new StoredModel(
        name,
        folder,
        file,
        modelfile,
        Files.size(file),
        Files.getLastModifiedTime(file).toInstant());
  }

  private static String onlyModelIn(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      List<String> models =
          files.map(ModelStore::nameOf).filter(name -> name.endsWith(ENDING)).toList();
      if (models.size() != 1) {
        throw new IllegalArgumentException(
            path + " has no Modelfile, and " + models.size() + " .rkllm files instead of one");
      }
      return models.getFirst();
    }
  }
}
