package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the tokenizer and the chat template of a model on this machine. Nothing is downloaded, so
 * that a server starts in the same way with and without a network.
 */
final class HuggingFaceFiles {
  private HuggingFaceFiles() {}

  /**
   * Returns the folder that contains a file of a repository: the path itself if it is a folder, or
   * else the folder beside the Modelfile, or else the hub's cache.
   *
   * @param repository a local folder, or a name such as {@code Qwen/Qwen3-0.6B}
   */
  static Optional<Path> folderWith(String file, String repository, StoredModel model) {
    List<Path> places = new ArrayList<>();
    try {
      places.add(model.folder().resolve(repository));
    } catch (InvalidPathException _) {
      // not a valid path
    }
    places.add(model.folder().resolve(ModelStore.TOKENIZER));
    places.addAll(snapshots(repository));
    return places.stream().filter(place -> Files.isRegularFile(place.resolve(file))).findFirst();
  }

  /**
   * Returns the snapshots of a repository in the cache of Hugging Face's own tools, newest first.
   */
  private static List<Path> snapshots(String repository) {
    Path snapshots =
        cache().resolve("models--" + repository.replace("/", "--")).resolve("snapshots");
    if (!Files.isDirectory(snapshots)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(snapshots)) {
      return all.sorted(Comparator.comparingLong(HuggingFaceFiles::modified).reversed()).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static long modified(Path path) {
    try {
      return Files.getLastModifiedTime(path).toMillis();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path cache() {
    String hub = System.getenv("HF_HUB_CACHE");
    if (hub != null && !hub.isEmpty()) {
      return Path.of(hub);
    }
    String home = System.getenv("HF_HOME");
    return home != null && !home.isEmpty()
        ? Path.of(home, "hub")
        : Path.of(System.getProperty("user.home"), ".cache", "huggingface", "hub");
  }
}
