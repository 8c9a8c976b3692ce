package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files. */
final class Checksum {
  private static final int BUFFER = 1 << 20;

  private Checksum() {}

  /** What is done with a file that is not right. */
  interface Disposal {
    void discard() throws IOException;
  }

  /**
   * Compares a file with what the hub says of it, if it does.
   *
   * @throws PullException if it is not the same
   */
  static void check(Path file, RemoteFile remote, Disposal disposal)
      throws IOException, InterruptedException {
    if (remote.sha256() != null && !of(file).equals(remote.sha256())) {
      disposal.discard();
      throw new PullException(
          remote.reference().fileName()
              + " arrived damaged: its SHA-256 is not "
              + remote.sha256()
              + ", which the hub names. It was thrown away: pull again");
    }
  }

  /** In hex. */
  static String of(Path file) throws IOException, InterruptedException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER];
      for (int n; (n = in.read(buffer)) >= 0; ) {
        sha256.update(buffer, 0, n);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
