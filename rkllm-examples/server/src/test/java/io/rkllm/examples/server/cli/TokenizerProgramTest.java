package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.model.SimulatedTokenizer;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The native library of a tokenizer, where others can write to the folder for temporary files. */
@Timeout(120)
final class TokenizerProgramTest {
  @TempDir Path folder;
  private Path temporary;

  @BeforeEach
  void writeModel() throws IOException {
    SimulatedTokenizer.write(folder.resolve("models/m/tokenizer"));
    SimulatedServer.write(
        folder.resolve("models"), "m", "HUGGINGFACE_PATH=Some/Model\n", "when: *\nsay: {tokens}");
    temporary = Files.createDirectory(folder.resolve("tmp"));
  }

  /** Starts the program as a user whose home directory is not writable. */
  private ProgramProcess run() throws IOException {
    return ProgramProcess.start(
            List.of(),
            List.of("-Duser.home=/dev/null/nowhere", "-Djava.io.tmpdir=" + temporary),
            Map.of(),
            "run",
            "--models",
            folder.resolve("models").toString(),
            "--library",
            Simulator.library(Release.V1_3_1).toString(),
            "-m",
            "m",
            "hi")
        .endInput();
  }

  @Test
  void run_plantedLibrary_isNotLoaded() throws Exception {
    new ProcessBuilder("chmod", "1777", temporary.toString()).start().waitFor();
    for (String processor : List.of("x86_64", "aarch64")) {
      String version = "0.21.0-0.38.0-cpu-linux-" + processor;
      Path cache = temporary.resolve(".djl.ai/tokenizers").resolve(version);
      Files.createDirectories(cache);
      Files.writeString(cache.resolve("libtokenizers.so"), "planted");
    }
    try (ProgramProcess program = run()) {
      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(program.output()).matches("\\d+\n");
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith("rkllm-tokenizers") || name.startsWith("jna"));
    }
  }

  @Test
  void run_tokenizerLibraryWritableByOthers_runsWithoutItAndSuggestsARemedy() throws Exception {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));

    try (ProgramProcess program = run()) {
      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(program.output()).matches("\\d+\n");
      assertThat(program.errors())
          .contains(temporary.toString(), "sticky bit", "-Djava.io.tmpdir=FOLDER")
          .doesNotContain("\tat ", "mistake");
    }
  }
}
