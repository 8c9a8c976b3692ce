package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.InferenceException;
import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmModel;
import io.rkllm.input.TextPrompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hosts that are started by hand, and applications on another machine. */
@Tag("not-emulated")
@Timeout(120)
class HostServerTest {
  @TempDir Path folder;

  private Path socket() {
    return folder.resolve("s");
  }

  private HostServer listen() throws IOException {
    Path _ =
        Files.move(
            Simulators.model(
                folder,
                "when: crash",
                "fault: crash",
                "say: x",
                "",
                "when: *",
                "say: I heard you."),
            folder.resolve("m.rkllm"));
    HostServer server = HostServer.listen(socket(), folder, 1);
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                server.serve();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    return server;
  }

  /** Returns a builder for a path that does not exist on the application's machine. */
  private RkllmModel.Builder remote() {
    return RkllmModel.builder(Path.of("/laptop/m.rkllm"))
        .library(Simulators.V1_3_1.library())
        .runtime(HostRuntime.at(socket()));
  }

  @Test
  void load_fileNameInTheFolder_answers_alsoAfterACrash() throws Exception {
    try (HostServer _ = listen();
        RkllmModel model = remote().load()) {
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      assertThatThrownBy(() -> model.generate("crash").text())
          .isInstanceOf(InferenceException.class);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      assertThat(model.hiddenStates(TextPrompt.of("x")).rows()).isPositive();
    }
  }

  @Test
  void load_hostIsInUse_isRefused_andWorksLater() throws Exception {
    try (HostServer _ = listen()) {
      try (RkllmModel _ = remote().load()) {
        assertThatThrownBy(() -> remote().load())
            .isInstanceOf(NativeLibraryException.class)
            .hasMessageContaining("at most 1 models");
      }
      try (RkllmModel model = remoteOnceFree()) {
        assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      }
    }
  }

  /** Loads as soon as the host has noticed that the first client has left. */
  private RkllmModel remoteOnceFree() {
    while (true) {
      try {
        return remote().load();
      } catch (NativeLibraryException busy) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void listen_socketIsPrivate_andGoneAfterwards() throws Exception {
    try (HostServer _ = listen()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
          .isEqualTo("rw-------");
      assertThatThrownBy(() -> HostServer.listen(socket(), folder, 1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another host");
    }
    assertThat(socket()).doesNotExist();
  }

  @Test
  void load_noHost_saysHowToStartOne() {
    assertThatThrownBy(() -> remote().load())
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("rkllm host --socket");
  }
}
