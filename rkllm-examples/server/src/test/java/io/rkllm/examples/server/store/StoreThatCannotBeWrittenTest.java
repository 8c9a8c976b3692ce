package io.rkllm.examples.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stores on file systems that are full or read-only, as far as this machine lets us have them. */
@Timeout(60)
final class StoreThatCannotBeWrittenTest {
  @TempDir Path folder;

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  private interface Work {
    void on(Path folder) throws Exception;
  }

  private void onSmallFileSystem(Work work) throws Exception {
    Path small = Files.createDirectories(folder.resolve("small"));
    int mounted =
        run("mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=40", "tmpfs", small.toString());
    Assumptions.assumeTrue(mounted == 0, "no right to mount a small file system");
    try {
      SimulatedServer.write(small, "m", "TEMPLATE=qwen3\n", "when: *\nsay: ho");
      work.on(small);
    } finally {
      run("umount", small.toString());
    }
  }

  private static HttpResponse<String> create(SimulatedServer server) {
    return server.post("/api/create", "{\"model\":\"n\",\"from\":\"m\",\"stream\":false}");
  }

  @Test
  void create_onAFullDisk_failsWithAMessage() throws Exception {
    onSmallFileSystem(
        small -> {
          try {
            for (int i = 0; i < 100; i++) {
              Files.write(small.resolve(".filler" + i), new byte[100_000]);
            }
          } catch (IOException _) {
            // full
          }
          try (SimulatedServer server = SimulatedServer.start(small)) {
            HttpResponse<String> response = create(server);

            assertThat(response.statusCode()).as(response.body()).isEqualTo(507);
            assertThat(response.body())
                .contains("cannot create n in " + small + ": the disk is full")
                .doesNotContain("Exception");
          }
        });
  }

  @Test
  void changes_onAReadOnlyDisk_areSentences() throws Exception {
    onSmallFileSystem(
        small -> {
          run("mount", "-o", "remount,ro", small.toString());
          try (SimulatedServer server = SimulatedServer.start(small)) {
            HttpResponse<String> created = create(server);
            HttpResponse<String> deleted = server.delete("/api/delete", "{\"model\":\"m\"}");

            assertThat(created.statusCode()).as(created.body()).isEqualTo(500);
            assertThat(created.body()).contains("the file system is read-only");
            assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(500);
            assertThat(deleted.body())
                .contains("the file system is read-only")
                .doesNotContain("Exception");
          }
        });
  }
}
