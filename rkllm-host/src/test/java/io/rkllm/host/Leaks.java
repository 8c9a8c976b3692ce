package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The resources of this process and machine that a host may leave behind, at one moment. */
record Leaks(long files, long threads) {

  /** Counts what is open now. */
  static Leaks now() {
    try (SocketChannel _ = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // The first one makes the JVM open a socket for all later ones.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Leaks(openFiles(), hostThreads().size());
  }

  /** Checks that nothing was added since, and that no process and no folder is left. */
  void assertNoneSince() {
    await()
        .atMost(Duration.ofSeconds(20)) // files of ended processes are closed by their readers
        .untilAsserted(
            () -> {
              assertThat(hostThreads()).hasSizeLessThanOrEqualTo((int) threads);
              assertThat(openFiles()).isLessThanOrEqualTo(files);
              try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
                assertThat(children).isEmpty();
              }
              assertThat(folders()).isEmpty();
            });
  }

  private static List<String> hostThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("rkllm-"))
        .toList();
  }

  /** Counts sockets, pipes and shared files; the JVM opens others at any time. */
  private static long openFiles() {
    return list(Path.of("/proc/self/fd")).stream()
        .map(Leaks::target)
        .filter(
            file ->
                file.startsWith("socket:")
                    || file.startsWith("pipe:")
                    || file.startsWith("/dev/shm/"))
        .count();
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // it has been closed since
    }
  }

  private static List<Path> folders() {
    String prefix = PrivateFolder.prefix(ProcessHandle.current().pid());
    return list(Path.of("/dev/shm")).stream()
        .filter(path -> path.getFileName().toString().startsWith(prefix))
        .toList();
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
