package io.rkllm.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManyProcessesTest {
  private static final int PROCESSES = 10;

  @TempDir private Path folder;

  /** Waits for the start signal, requests the library, and prints its path. */
  static final class Unpack {
    public static void main(String[] arguments) throws IOException {
      System.in.read();
      Path library = Simulator.library(Release.V1_3);
      System.out.print(Files.mismatch(library, Path.of(arguments[0])) + " " + library);
    }
  }

  @Test
  void library_requestedByTenProcessesAtOnce_isWholeForEach() throws Exception {
    assertThat(unpackInManyProcesses()).hasSize(1);
  }

  @Test
  void library_damagedBeforeTenProcessesAskAtOnce_isWholeForEach() throws Exception {
    Path damaged = Path.of(unpackInManyProcesses().getFirst());
    Files.writeString(damaged, "not a library");

    assertThat(unpackInManyProcesses()).containsExactly(damaged.toString());

    try (Stream<Path> files = Files.list(damaged.getParent())) {
      assertThat(files).containsExactly(damaged);
    }
  }

  /**
   * Returns the distinct paths that the processes received. Each file has been compared with the
   * built library.
   */
  private List<String> unpackInManyProcesses() throws IOException, InterruptedException {
    Path built = Path.of(System.getProperty("rkllm.test.simulator.dir"), "1.3", "librkllmrt.so");
    var processes = new ArrayList<Process>();
    for (int i = 0; i < PROCESSES; i++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-D" + Simulator.DIRECTORY_PROPERTY + "=" + folder,
                  "-cp",
                  System.getProperty("java.class.path"),
                  Unpack.class.getName(),
                  built.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    }
    for (Process process : processes) {
      process.getOutputStream().close();
    }
    var paths = new ArrayList<String>();
    for (Process process : processes) {
      String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).isZero();
      assertThat(answer).startsWith("-1 ");
      paths.add(answer.substring("-1 ".length()));
    }
    return paths.stream().distinct().toList();
  }
}
