package io.rkllm.examples.server.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of all files that a model is loaded from, for detecting changes on disk by any process.
 * The contents are not read: files are compared by size, time and identity.
 *
 * @param files the files, in a fixed order
 */
public record ModelFiles(List<FileState> files) {
  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "chat_template.jinja",
          "chat_template.json",
          "special_tokens_map.json");

  /** Copies the list. */
  public ModelFiles {
    files = List.copyOf(files);
  }

  /**
   * The state of a file.
   *
   * @param path its path
   * @param size its size in bytes; −1 if it does not exist
   * @param modified the time of the last modification, in milliseconds
   * @param key its identity on the file system, or null
   */
  public record FileState(Path path, long size, long modified, @Nullable Object key) {
    static FileState of(Path path) {
      try {
        BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
        return new FileState(path, file.size(), file.lastModifiedTime().toMillis(), file.fileKey());
      } catch (IOException _) {
        return new FileState(path, -1, 0, null);
      }
    }
  }

  /**
   * Returns the current state of the files of a model.
   *
   * @param more additional files that it is loaded with
   */
  public static ModelFiles of(StoredModel model, List<Path> more) {
    Modelfile modelfile = model.modelfile();
    List<Path> paths = new ArrayList<>(more);
    paths.add(model.file());
    add(paths, model.folder(), ModelStore.MODELFILE);
    add(paths, model.folder(), modelfile.template());
    add(paths, model.folder(), modelfile.promptCache());
    modelfile.loras().forEach(lora -> add(paths, model.folder(), lora));
    List<Path> folders = new ArrayList<>();
    add(folders, model.folder(), ModelStore.TOKENIZER);
    add(folders, model.folder(), modelfile.huggingFacePath());
    add(folders, model.folder(), modelfile.tokenizer());
    folders.forEach(folder -> TOKENIZER_FILES.forEach(name -> paths.add(folder.resolve(name))));
    return new ModelFiles(paths.stream().map(FileState::of).toList());
  }

  /**
   * Returns whether no file was modified recently, judging by the times of the files. A time in the
   * future, as on a machine whose clock was wrong, is not recent either.
   */
  public boolean areOlderThan(Duration age) {
    long now = System.currentTimeMillis();
    return files.stream()
        .allMatch(file -> file.size() < 0 || Math.abs(now - file.modified()) >= age.toMillis());
  }

  private static void add(List<Path> paths, Path folder, @Nullable String name) {
    if (name != null) {
      try {
        paths.add(folder.resolve(name));
      } catch (InvalidPathException _) {
        // the name of a format or of a repository
      }
    }
  }
}
