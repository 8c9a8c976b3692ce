package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The origin of the bytes in a part file, kept in a file beside it, so that a download continues
 * only with bytes of the same version.
 */
final class PartMetadata {
  private final Path file;

  PartMetadata(Path file) {
    this.file = file;
  }

  /** Returns the version of the file; empty if unknown. */
  String identity() {
    return line(0);
  }

  /** Returns the server's entity tag; empty if there is none. */
  String tag() {
    return line(1);
  }

  private String line(int index) {
    try {
      List<String> lines = Files.readAllLines(file);
      return index < lines.size() ? lines.get(index) : "";
    } catch (IOException e) {
      return "";
    }
  }

  void write(String identity, String tag) throws IOException {
    Files.write(file, List.of(identity, tag));
  }

  void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
