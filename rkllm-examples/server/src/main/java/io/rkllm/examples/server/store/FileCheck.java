package io.rkllm.examples.server.store;

import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Checks files before they become part of a model. A file from a hub, a proxy or a copy may be a
 * web page or a Git LFS pointer under the name of a model.
 */
public final class FileCheck {
  private static final int HEAD_SIZE = 512;
  private static final JsonFactory JSON = new JsonFactory();

  private FileCheck() {}

  /**
   * Returns the problem with a file, as the rest of a sentence that begins with its name, such as
   * {@code is a GGUF file}. Empty if the file can be used, judging by its content.
   *
   * @param name the future name of the file, whose extension determines the expected content
   */
  public static Optional<String> problem(Path file, String name) throws IOException {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".rkllm")) {
      return problemOfModel(file);
    }
    String head = head(file);
    if (head.startsWith("version https://git-lfs")) {
      return Optional.of("is a pointer of Git LFS, not the file itself");
    }
    if (head.startsWith("<!doctype") || head.startsWith("<html")) {
      return Optional.of("is a web page");
    }
    return lower.endsWith(".json") ? problemOfJson(file) : Optional.empty();
  }

  /** Returns a hint about a file that is not a model, as the end of a sentence; may be empty. */
  public static String hint(Path file) {
    return problemOfModel(file).map(problem -> ": it " + problem).orElse("");
  }

  private static Optional<String> problemOfModel(Path file) {
    try {
      ModelFile.read(file);
      return Optional.empty();
    } catch (ModelFileException e) {
      return switch (e.kind()) {
        case SIMULATOR, UNKNOWN_CONTAINER -> Optional.empty(); // the runtime may support them
        default -> Optional.of(String.valueOf(e.getMessage()).replace(file + " ", ""));
      };
    }
  }

  private static Optional<String> problemOfJson(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        JsonParser parser = JSON.createParser(ObjectReadContext.empty(), in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return Optional.of("is not a JSON object");
      }
      parser.skipChildren(); // fails if the end is missing
      return Optional.empty();
    } catch (JacksonException e) {
      return Optional.of("is not valid JSON");
    }
  }

  private static String head(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(HEAD_SIZE), StandardCharsets.ISO_8859_1)
          .stripLeading()
          .toLowerCase(Locale.ROOT);
    }
  }
}
