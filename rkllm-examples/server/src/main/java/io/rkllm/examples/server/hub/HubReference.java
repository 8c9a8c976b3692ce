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
 * A file in a repository of a hub.
 *
 * @param repository the repository, such as {@code user/repository}
 * @param revision a branch, tag or commit
 * @param file the path of the file in the repository; empty for the repository itself
 * @param name the name that the model is to have, or null if the reference has none
 */
record HubReference(String repository, String revision, String file, @Nullable String name) {
  static final String MAIN = "main";
  static final String ENDING = ".rkllm";

  private static final Set<String> HUBS = Set.of("hf", "hf.co", "huggingface.co");
  private static final Pattern WEB = Pattern.compile("https?://(www\\.)?");
  private static final Set<String> VIEWS = Set.of("blob", "resolve", "raw", "tree"); // of the site
  private static final Pattern PART = Pattern.compile("[\\p{L}\\p{N}_][^/\\\\\\p{Cntrl}]{0,200}");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,100}");

  /**
   * Parses {@code user/repository/file.rkllm}. Optional are {@code hf/} before it,
   * {@code @revision} after the repository or the file, and {@code /name} at the end. The address
   * of a repository or of a file on the hub's web site is a reference too, and {@code
   * user/repository} names the repository itself.
   *
   * @throws IllegalArgumentException if it is not a reference
   */
  static HubReference parse(String reference) {
    String plain = WEB.matcher(reference.strip()).replaceFirst("");
    boolean web = plain.length() < reference.strip().length();
    List<String> parts =
        new ArrayList<>(
            List.of((web ? plain.replaceFirst("[?#].*|/+$", "") : plain).split("/", -1)));
    if ((web || parts.size() > 2) && HUBS.contains(parts.getFirst())) {
      parts.removeFirst();
    } else if (web) {
      throw invalid(reference);
    }
    String revision = MAIN;
    if (parts.size() > 3 && VIEWS.contains(parts.get(2))) {
      parts.remove(2);
      revision = parts.remove(2);
    }
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
    boolean repository = parts.size() == 2;
    if (parts.size() > 2 && file < 0 && PART.matcher(parts.getLast()).matches()) {
      throw new IllegalArgumentException(
          "%s is not an .rkllm file; rkllm pull %s/%s lists the models of the repository"
              .formatted(
                  shortened(String.join("/", parts)),
                  shortened(parts.get(0)),
                  shortened(parts.get(1))));
    }
    boolean valid =
        (repository || (file > 1 && parts.size() - file <= 2))
            && parts.stream().allMatch(part -> PART.matcher(part).matches())
            && REVISION.matcher(revision).matches();
    if (!valid) {
      throw invalid(reference);
    }
    return new HubReference(
        parts.get(0) + "/" + parts.get(1),
        revision,
        repository ? "" : String.join("/", parts.subList(2, file + 1)),
        !repository && file + 1 < parts.size() ? ModelName.check(parts.get(file + 1)) : null);
  }

  private static IllegalArgumentException invalid(String reference) {
    return new IllegalArgumentException(
        "a model of the hub is written user/repository/file.rkllm, optionally with @revision after"
            + " it; was "
            + shortened(reference));
  }

  /**
   * Parses {@code user/repository}, optionally followed by {@code @revision}.
   *
   * @param file a file in it
   * @throws IllegalArgumentException if it is not a repository
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
          "a repository of the hub is written user/repository, was " + shortened(repository));
    }
    return new HubReference(parts[0], revision, file, null);
  }

  /** Returns whether this names a repository rather than a file in it. */
  boolean isRepository() {
    return file.isEmpty();
  }

  /** Returns the reference to a file of this repository as a user would write it. */
  String withFile(String path) {
    return repository + "/" + path + (revision.equals(MAIN) ? "" : "@" + revision);
  }

  private static String shortened(String text) {
    return text.length() > 200 ? text.substring(0, 200) + "…" : text;
  }

  /** Returns the name of the file without its folder. */
  String fileName() {
    return file.substring(file.lastIndexOf('/') + 1);
  }

  /** Returns the name that the model is to have; by default that of its file. */
  String modelName() {
    if (name != null) {
      return name;
    }
    String stem = fileName().substring(0, fileName().length() - ENDING.length());
    return ModelName.check(
        stem.replaceAll("[^A-Za-z0-9._:-]", "-").replaceAll("^[^A-Za-z0-9]+", ""));
  }

  /** Returns the address of the file. */
  URI uri(String endpoint) {
    return uri(endpoint, "/" + repository + "/resolve/" + revision + "/" + file);
  }

  /** Returns the address of the list of all files in the repository. */
  URI treeUri(String endpoint) {
    URI tree = uri(endpoint, "/api/models/" + repository + "/tree/" + revision);
    return URI.create(tree + "?recursive=true");
  }

  private static URI uri(String endpoint, String path) {
    try {
      return URI.create(endpoint + new URI(null, null, path, null).toASCIIString());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("the hub cannot have such a path: " + path, e);
    }
  }
}
