package io.rkllm.examples.server.hub;

import io.rkllm.examples.server.store.FileCheck;
import io.rkllm.examples.server.store.FileSize;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Downloads one file into a part file beside its target. The part is kept if the download fails or
 * the process dies, and the next download continues from there. The target is replaced only by a
 * part that is complete, has the expected size, checksum and content, and is on the disk. Not
 * thread-safe.
 */
final class Download {
  private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");
  private static final int BUFFER = 1 << 16;

  private final HubClient client;
  private final RetryPolicy retryPolicy;
  private final RemoteFile remote;
  private final Path target;
  private final Path part;
  private final PartMetadata metadata;
  private final ThrottledProgress progress;
  private boolean ended;

  Download(
      HubClient client,
      RetryPolicy retryPolicy,
      RemoteFile remote,
      Path target,
      ThrottledProgress progress) {
    this.client = client;
    this.retryPolicy = retryPolicy;
    this.remote = remote;
    this.target = target;
    this.progress = progress;
    part = target.resolveSibling("." + target.getFileName() + ".part");
    metadata = new PartMetadata(part.resolveSibling(part.getFileName() + "-origin"));
  }

  /**
   * Downloads the file. Blocks until it is in place.
   *
   * @throws PullException if it cannot be downloaded, or is not the requested file
   */
  void run() throws IOException, InterruptedException {
    begin();
    checkSpace();
    Backoff backoff =
        new Backoff(
            retryPolicy, "what was received is kept, and pulling again continues from there");
    while (!complete()) {
      long before = Files.size(part);
      try {
        receive(before);
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (isDiskFull(e)) {
          throw diskFull(remote.size() - Files.size(part), freeSpace());
        }
        if (Files.size(part) > before) {
          backoff.reset();
        }
        backoff.pauseAfter(e, "the download of " + name() + " was interrupted");
      }
    }
    check();
    try (FileOutputStream whole = new FileOutputStream(part.toFile(), true)) {
      whole.getFD().sync();
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    metadata.delete();
  }

  /** Checks the received file before it replaces the target. */
  private void check() throws IOException, InterruptedException {
    String sha256 = remote.sha256();
    if (sha256 != null && !Checksum.of(part).equals(sha256)) {
      discard();
      throw new PullException(
          "%s was damaged on the way: its SHA-256 is not %s, as the hub says. It was discarded; pull again"
              .formatted(name(), sha256));
    }
    Optional<String> problem = FileCheck.problem(part, name());
    if (problem.isPresent()) {
      discard();
      throw new PullException(
          "what the hub sent for %s %s. It was discarded, and nothing was replaced"
              .formatted(name(), problem.get()));
    }
  }

  private String name() {
    return remote.reference().fileName();
  }

  private void begin() throws IOException {
    if (!Files.exists(part) || !metadata.identity().equals(remote.identity())) {
      Files.deleteIfExists(part);
      Files.createFile(part);
      metadata.write(remote.identity(), "");
    }
    if (remote.knowsSize() && Files.size(part) > remote.size()) {
      truncate();
    }
    progress.update(Files.size(part));
  }

  private boolean complete() throws IOException {
    return remote.knowsSize() ? Files.size(part) == remote.size() : ended;
  }

  private void checkSpace() throws IOException {
    long missing = remote.size() - Files.size(part);
    long free = freeSpace();
    if (missing > free) {
      throw diskFull(missing, free);
    }
  }

  private long freeSpace() throws IOException {
    return Files.getFileStore(part).getUsableSpace();
  }

  /** Recognizes the operating system's message, since Java has no exception type for it. */
  private static boolean isDiskFull(IOException e) {
    String words = String.valueOf(e.getMessage());
    return words.contains("No space left on device") || words.contains("Disk quota exceeded");
  }

  private PullException diskFull(long missing, long free) {
    return new PullException(
        "the disk is full: %s needs %s more (%d bytes), and %s are free in %s. What was received is"
                .formatted(
                    name(),
                    FileSize.format(missing),
                    missing,
                    FileSize.format(free),
                    part.getParent())
            + " kept: free some space, or remove the model, and pull again");
  }

  /** Receives the missing bytes, or as many of them as arrive before the connection fails. */
  private void receive(long have) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = client.get(remote.reference(), headers(have));
    try (InputStream body = response.body();
        StallTimeout stall = new StallTimeout(body, retryPolicy.stallTimeout())) {
      long from = startOf(response, have);
      if (from == 0 && have > 0) {
        truncate();
      }
      metadata.write(remote.identity(), strongTag(response));
      try {
        copy(body, stall, from);
      } catch (IOException e) {
        throw stall.expired()
            ? new TransientHubException(
                "nothing was received for " + retryPolicy.stallTimeout().toSeconds() + " s", null)
            : e;
      }
    }
    if (!complete()) {
      throw new TransientHubException("the connection was closed early", null);
    }
  }

  private Map<String, String> headers(long have) {
    Map<String, String> headers = new HashMap<>();
    if (have > 0) {
      headers.put("Range", "bytes=" + have + "-");
      String tag = metadata.tag();
      if (!tag.isEmpty()) {
        headers.put("If-Range", tag);
      }
    }
    return headers;
  }

  /** Returns the entity tag if it is a strong one; only those are valid with ranges. */
  private static String strongTag(HttpResponse<?> response) {
    return response.headers().firstValue("ETag").filter(tag -> tag.startsWith("\"")).orElse("");
  }

  /** Returns the offset in the file at which the body of a response begins. */
  private long startOf(HttpResponse<?> response, long have) throws IOException {
    if (response.statusCode() == 416) {
      discard();
      throw contradiction("but has nothing after byte " + have);
    }
    if (response.statusCode() == 200) {
      return 0;
    }
    String value = response.headers().firstValue("Content-Range").orElse("");
    Matcher range = RANGE.matcher(value);
    if (!range.matches() || Long.parseLong(range.group(1)) != have) {
      truncate();
      throw new TransientHubException(
          "the hub sent a range that was not requested: " + value, null);
    }
    if (remote.knowsSize()
        && !range.group(2).equals("*")
        && Long.parseLong(range.group(2)) != remote.size()) {
      discard();
      throw contradiction("and then that it has " + range.group(2));
    }
    return have;
  }

  private PullException contradiction(String words) {
    return new PullException(
        "the hub says that %s has %d bytes, %s; what was received was discarded: pull again later"
            .formatted(name(), remote.size(), words));
  }

  private void copy(InputStream body, StallTimeout stall, long from) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long at = from;
    try (FileOutputStream out = new FileOutputStream(part.toFile(), true)) {
      for (int n; (n = body.read(buffer)) >= 0; ) {
        stall.reset();
        at += n;
        if (remote.knowsSize() && at > remote.size()) {
          discard();
          throw contradiction("and sends more");
        }
        out.write(buffer, 0, n);
        progress.update(at);
        if (Thread.currentThread().isInterrupted()) {
          throw new IOException("interrupted"); // run() checks the thread
        }
      }
    }
    ended = true;
  }

  private void truncate() throws IOException {
    try (FileOutputStream empty = new FileOutputStream(part.toFile())) {
      empty.getFD(); // opening the stream has truncated the file
    }
  }

  private void discard() throws IOException {
    Files.deleteIfExists(part);
    metadata.delete();
  }
}
