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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models on this machine: a folder with a folder for each, in which a Modelfile stands beside
 * the {@code .rkllm} file. It is read anew at each question, so that files may be put there by
 * hand.
 *
 * <p>Thread-safe.
 */
public class ModelStore {
  /** The name of the file that describes a model. */
  public static final String MODELFILE = "Modelfile";

  /** The folder beside the Modelfile that has the files of a tokenizer, where they were fetched. */
  public static final String TOKENIZER = "tokenizer";

  private static final String ENDING = ".rkllm";

  private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);

  private final Path folder;
  private final List<StoredModel> besides;
  private final StoreFolder changes;

  /**
   * The models in a folder, which need not exist yet.
   *
   * @param besides models that are elsewhere, such as the demonstration model
   */
  public ModelStore(Path folder, List<StoredModel> besides) {
    this.folder = folder.toAbsolutePath().normalize();
    this.besides = List.copyOf(besides);
    changes = new StoreFolder(this.folder);
  }

  /** {@code ~/RKLLAMA/models}, where RKLLama has them. */
  public static Path defaultFolder() {
    return Path.of(System.getProperty("user.home"), "RKLLAMA", "models");
  }

  /** Where the models are. */
  public Path folder() {
    return folder;
  }

  /** All models, by name. What is broken is left out, and the log says why. */
  public List<StoredModel> list() {
    List<StoredModel> models = new ArrayList<>(besides);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> folders = Files.list(folder)) {
        folders
            .filter(path -> !nameOf(path).startsWith("."))
            .filter(path -> Files.isDirectory(path) || (isBare(path) && !hasFolder(path)))
            .forEach(path -> readOrTell(path).ifPresent(models::add));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the folder of models " + folder, e);
      }
    }
    models.sort(Comparator.comparing(StoredModel::name));
    return models;
  }

  /**
   * Returns a model by its name. Where no model has this very name, it may be followed by {@code
   * :latest} or by the ending of a model file, and have other cases.
   *
   * @throws UnknownModelException if there is none
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

  /** The names of all models, those included whose Modelfile cannot be used. */
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
   * Makes a model from another one of the store, whose settings hold where the Modelfile says
   * nothing. One that is there already gets the new settings.
   *
   * @param modelfile its text; FROM names the other model
   * @throws UnknownModelException if there is no such other model
   * @throws IllegalArgumentException if the name or the Modelfile cannot be used
   * @throws UncheckedIOException if it cannot be written
   */
  public StoredModel create(String name, String modelfile) {
    return create(name, modelfile, null);
  }

  /**
   * The same, but the Modelfile may also name files.
   *
   * @param base the folder from which they are named; null to refuse files, as from who may not
   *     read all of this machine's
   */
  public StoredModel create(String name, String modelfile, @Nullable Path base) {
    String plain = changeable(name);
    try {
      Path staged = changes.stage();
      try {
        new ModelCreation(this, base).write(plain, modelfile, staged);
        changes.install(staged, plain);
      } catch (Throwable thrown) {
        StoreFolder.deleteTree(staged);
        throw thrown;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + plain + " in " + folder + ": " + e, e);
    }
    return get(plain);
  }

  /**
   * Gives what is in a folder the name of a model. Where there is one of that name, its files are
   * added or replaced. Blocks until all of it is on the disk.
   *
   * @param staged a folder in that of the store, with a name that begins with a dot; it is gone
   *     afterwards
   */
  public StoredModel install(String name, Path staged) throws IOException {
    changes.install(staged, changeable(name));
    return get(name);
  }

  /** The folder in which what is fetched for a model waits until it is complete. */
  public Path pullFolder(String name) {
    return folder.resolve("." + ModelName.check(name) + ".part");
  }

  /**
   * Deletes a model with all files in its folder, and what a pull that failed has kept. Where the
   * folder is a link, the link goes.
   *
   * @throws UnknownModelException if there is none
   * @throws IllegalArgumentException if it is not in a folder of the store
   * @throws UncheckedIOException if it cannot be deleted
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
                + " is not a folder of the store but a file, and left alone: delete "
                + bare.file());
      }
    } catch (NoSuchFileException e) {
      throw unknown(name); // somebody else was quicker
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + plain + " in " + folder + ": " + e, e);
    }
  }

  /** The name of a model that the store may change. */
  private String changeable(String name) {
    String plain = ModelName.check(ModelName.plain(name));
    if (besides.stream().anyMatch(model -> model.name().equals(plain))) {
      throw new IllegalArgumentException(
          plain + " is not in the store and cannot be changed; take another name");
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
      LOG.warn("{} is left out: {}", path.getFileName(), e.getMessage());
      return Optional.empty();
    }
  }

  /** A folder, or a file without one, as RKLLama had them once. */
  private StoredModel read(Path path) {
    try {
      if (isBare(path)) {
        String file = nameOf(path);
        String name = file.substring(0, file.length() - ENDING.length());
        return stored(ModelName.check(name), folder, path, Modelfile.of(file));
      }
      return readFolder(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the model in " + path + ": " + e, e);
    }
  }

  private static StoredModel readFolder(Path path) throws IOException {
    Path description = path.resolve(MODELFILE);
    Modelfile modelfile =
        Files.isRegularFile(description)
            ? ModelfileReader.read(description)
            : Modelfile.of(onlyModelIn(path));
    Path file = path.resolve(modelfile.from()).normalize();
    if (!file.startsWith(path) || !Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          description + ": FROM names " + modelfile.from() + ", which is not in its folder");
    }
    return stored(ModelName.check(nameOf(path)), path, file, modelfile);
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
