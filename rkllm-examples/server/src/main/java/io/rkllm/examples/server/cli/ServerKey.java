package io.rkllm.examples.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The key that clients send to a server. */
final class ServerKey {
  private ServerKey() {}

  /** Reads the key from a file, or else from {@code RKLLM_KEY}; null if there is none. */
  static @Nullable String from(@Nullable Path file) throws IOException {
    if (file == null) {
      String key = System.getenv("RKLLM_KEY");
      return key == null || key.isBlank() ? null : key.strip();
    }
    String key = Files.readString(file).strip();
    if (key.isEmpty()) {
      throw new IllegalArgumentException("the file " + file + " has no key in it");
    }
    return key;
  }
}
