package io.rkllm.examples.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models on this machine: a folder with a folder for each, in which a Modelfile stands beside
 * the {@code .rkllm} file. It is read anew at each question, so that files may be put there by
 * hand.
 *
 * <p>Thread-safe.
 */
public final class ModelStore {
  /** The name of the file that describes a model. */
  public static final String MODELFILE = "Modelfile";

  private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);

  private final Path folder;
  private final List<StoredModel> besides;

  /**
   * The models in a folder, which need not exist yet.
   *
   * @param besides models that are elsewhere, such as the demonstration model
   */
  public ModelStore(Path folder, List<StoredModel> besides) {
    this.folder = folder.toAbsolutePath().normalize();
    this.besides = List.copyOf(besides);
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
        folders.filter(Files::isDirectory).forEach(path -> readOrTell(path).ifPresent(models::add));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the folder of models " + folder, e);
      }
    }
    models.sort(Comparator.comparing(StoredModel::name));
    return models;
  }

  /**
   * A model by its name; {@code :latest} behind it makes no difference.
   *
   * @throws UnknownModelException if there is none
   * @throws IllegalArgumentException if its Modelfile cannot be used
   */
  public StoredModel get(String name) {
    String plain = ModelName.plain(name);
    for (StoredModel model : besides) {
      if (model.name().equals(plain)) {
        return model;
      }
    }
    if (ModelName.isValid(plain) && Files.isDirectory(folder.resolve(plain))) {
      return read(folder.resolve(plain));
    }
    List<String> names = list().stream().map(StoredModel::name).toList();
    throw new UnknownModelException(
        name,
        "there is no model \""
            + (name.length() > 200 ? name.substring(0, 200) + "…" : name)
            + "\"; "
            + (names.isEmpty()
                ? "the store is empty: rkllm pull user/repository/file.rkllm fetches one"
                : "there are " + String.join(", ", names)));
  }

  private Optional<StoredModel> readOrTell(Path path) {
    try {
      return Optional.of(read(path));
    } catch (IllegalArgumentException | UncheckedIOException e) {
      LOG.warn("{} is left out: {}", path.getFileName(), e.getMessage());
      return Optional.empty();
    }
  }

  private static StoredModel read(Path path) {
    Path description = path.resolve(MODELFILE);
    try {
      Modelfile modelfile =
          Files.isRegularFile(description)
              ? ModelfileReader.read(description)
              : Modelfile.of(onlyModelIn(path));
      Path file = path.resolve(modelfile.from()).normalize();
      if (!file.startsWith(path) || !Files.isRegularFile(file)) {
        throw new IllegalArgumentException(
            description + ": FROM names " + modelfile.from() + ", which is not in its folder");
      }
      return new StoredModel(
          String.valueOf(path.getFileName()),
          path,
          file,
          modelfile,
          Files.size(file),
          Files.getLastModifiedTime(file).toInstant());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the model in " + path, e);
    }
  }

  private static String onlyModelIn(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      List<String> models =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> name.endsWith(".rkllm"))
              .toList();
      if (models.size() != 1) {
        throw new IllegalArgumentException(
            path + " has no Modelfile, and " + models.size() + " .rkllm files instead of one");
      }
      return models.getFirst();
    }
  }
}
