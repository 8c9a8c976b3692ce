package io.rkllm.examples.server.hub;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The download of one file into a part file beside it. The part is kept when the download fails or
 * the process dies, and the next download goes on from there; the file gets its name when size and
 * checksum are right and it is on the disk. Used by one thread.
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
   * Fetches the file. Blocks until it is there.
   *
   * @throws PullException if it cannot be had; says why and what to do
   */
  void run() throws IOException, InterruptedException {
    begin();
    checkSpace();
    Backoff backoff = new Backoff(retryPolicy);
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
        backoff.pauseAfter(e, remote.reference().fileName() + " did not come whole");
      }
    }
    Checksum.check(part, remote, this::discard);
    try (FileOutputStream whole = new FileOutputStream(part.toFile(), true)) {
      whole.getFD().sync();
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    metadata.delete();
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

  /** Java has no type for it, but the words of the system. */
  private static boolean isDiskFull(IOException e) {
    String words = String.valueOf(e.getMessage());
    return words.contains("No space left on device") || words.contains("Disk quota exceeded");
  }

  private PullException diskFull(long missing, long free) {
    return new PullException(
        "the disk is full: %s needs %s more (%d bytes), and there are %s in %s. What came so far is"
                .formatted(
                    remote.reference().fileName(),
                    FileSize.format(missing),
                    missing,
                    FileSize.format(free),
                    part.getParent())
            + " kept: make room, or remove the model, and pull again");
  }

  /** Receives what is missing, or as much of it as comes. */
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
                "nothing came for " + retryPolicy.stallTimeout().toSeconds() + " s", null)
            : e;
      }
    }
    if (!complete()) {
      throw new TransientHubException("the connection ended too early", null);
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

  /** Weak tags do not go with ranges. */
  private static String strongTag(HttpResponse<?> response) {
    return response.headers().firstValue("ETag").filter(tag -> tag.startsWith("\"")).orElse("");
  }

  /** From which byte on the body has the file. */
  private long startOf(HttpResponse<?> response, long have) throws IOException {
    if (response.statusCode() == 416) {
      discard();
      throw lie("but has nothing after byte " + have);
    }
    if (response.statusCode() == 200) {
      return 0;
    }
    String value = response.headers().firstValue("Content-Range").orElse("");
    Matcher range = RANGE.matcher(value);
    if (!range.matches() || Long.parseLong(range.group(1)) != have) {
      truncate();
      throw new TransientHubException("the hub sent another part than asked for: " + value, null);
    }
    if (remote.knowsSize()
        && !range.group(2).equals("*")
        && Long.parseLong(range.group(2)) != remote.size()) {
      discard();
      throw lie("and then " + range.group(2));
    }
    return have;
  }

  private PullException lie(String words) {
    return new PullException(
        "the hub says that %s has %d bytes, %s; what came was thrown away: pull again later"
            .formatted(remote.reference().fileName(), remote.size(), words));
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
          throw lie("and sends more");
        }
        out.write(buffer, 0, n);
        progress.update(at);
        if (Thread.currentThread().isInterrupted()) {
          throw new IOException("interrupted"); // the caller looks
        }
      }
    }
    ended = true;
  }

  private void truncate() throws IOException {
    try (FileOutputStream empty = new FileOutputStream(part.toFile())) {
      empty.getFD(); // opening it did that
    }
  }

  private void discard() throws IOException {
    Files.deleteIfExists(part);
    metadata.delete();
  }
}
