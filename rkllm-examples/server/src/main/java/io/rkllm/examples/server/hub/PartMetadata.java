package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the bytes of a part file are of, kept in a file beside it, so that only what belongs
 * together is put together.
 */
final class PartMetadata {
  private final Path file;

  PartMetadata(Path file) {
    this.file = file;
  }

  /** Which version of the file; empty if nobody knows. */
  String identity() {
    return line(0);
  }

  /** The server's tag of it; empty if there is none. */
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
