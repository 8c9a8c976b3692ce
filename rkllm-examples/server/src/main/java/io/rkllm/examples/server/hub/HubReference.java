package io.rkllm.examples.server.hub;

import io.rkllm.examples.server.store.ModelName;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model file of a hub.
 *
 * @param repository such as {@code user/repository}
 * @param revision a branch, tag or commit
 * @param file its path in the repository
 * @param name what it is to be called, as far as the reference says so
 */
record HubReference(String repository, String revision, String file, @Nullable String name) {
  static final String MAIN = "main";

  private static final String ENDING = ".rkllm";
  private static final Set<String> HUBS = Set.of("hf", "hf.co", "huggingface.co");
  private static final Pattern PART = Pattern.compile("[\\p{L}\\p{N}_][^/\\\\\\p{Cntrl}]{0,200}");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,100}");

  /**
   * Reads {@code user/repository/file.rkllm}, with {@code hf/} before it, {@code /name} behind it,
   * or {@code @revision} behind the repository or the file.
   *
   * @throws IllegalArgumentException if it is none
   */
  static HubReference parse(String reference) {
    List<String> parts = new ArrayList<>(List.of(reference.strip().split("/", -1)));
    if (parts.size() > 3 && HUBS.contains(parts.getFirst())) {
      parts.removeFirst();
    }
    String revision = MAIN;
    int file = -1;
    for (int i = 1; i < parts.size(); i++) {
      int at = parts.get(i).lastIndexOf('@');
      if (at > 0) {
        revision = parts.get(i).substring(at + 1);
        parts.set(i, parts.get(i).substring(0, at));
      }
      if (i > 1 && parts.get(i).endsWith(ENDING)) {
        file = i;
      }
    }
    boolean valid =
        file > 1
            && parts.size() - file <= 2
            && parts.stream().allMatch(part -> PART.matcher(part).matches())
            && REVISION.matcher(revision).matches();
    if (!valid) {
      throw new IllegalArgumentException(
          "a model of the hub is named user/repository/file.rkllm, with @revision behind it if it"
              + " is not the main one; was "
              + shortened(reference));
    }
    return new HubReference(
        parts.get(0) + "/" + parts.get(1),
        revision,
        String.join("/", parts.subList(2, file + 1)),
        file + 1 < parts.size() ? ModelName.check(parts.get(file + 1)) : null);
  }

  /**
   * Reads {@code user/repository}, with {@code @revision} behind it or not.
   *
   * @param file a file in it
   * @throws IllegalArgumentException if it is none
   */
  static HubReference inRepository(String repository, String file) {
    String[] parts = repository.strip().split("@", 2);
    String revision = parts.length == 1 ? MAIN : parts[1];
    String[] names = parts[0].split("/", -1);
    if (names.length != 2
        || !PART.matcher(names[0]).matches()
        || !PART.matcher(names[1]).matches()
        || !REVISION.matcher(revision).matches()) {
      throw new IllegalArgumentException(
          "a repository of the hub is named user/repository, was " + shortened(repository));
    }
    return new HubReference(parts[0], revision, file, null);
  }

  private static String shortened(String text) {
    return text.length() > 200 ? text.substring(0, 200) + "…" : text;
  }

  /** The name of the file alone. */
  String fileName() {
    return file.substring(file.lastIndexOf('/') + 1);
  }

  /** What the model is called where nobody says: as its file. */
  String modelName() {
    if (name != null) {
      return name;
    }
    String stem = fileName().substring(0, fileName().length() - ENDING.length());
    return ModelName.check(
        stem.replaceAll("[^A-Za-z0-9._:-]", "-").replaceAll("^[^A-Za-z0-9]+", ""));
  }

  /** Where the hub has it. */
  URI uri(String endpoint) {
    try {
      String path = "/" + repository + "/resolve/" + revision + "/" + file;
      return URI.create(endpoint + new URI(null, null, path, null).toASCIIString());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("the hub has no such file: " + file, e);
    }
  }
}
