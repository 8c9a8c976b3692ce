package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.Generation;
import io.rkllm.InferenceException;
import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmModel;
import io.rkllm.input.TextPrompt;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
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
    return listen(1);
  }

  private HostServer listen(int connections) throws IOException {
    Path _ =
        Files.move(
            Simulators.model(
                folder,
                "when: crash",
                "fault: crash",
                "say: x",
                "",
                "when: count slowly to {n:int}",
                "decode-ms: 10",
                "cut: words",
                "repeat: {n} \" {i}\"",
                "",
                "when: *",
                "say: I heard you."),
            folder.resolve("m.rkllm"));
    HostServer server = HostServer.listen(socket(), folder, connections);
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

  @Test
  void serve_clientsSendMalformedFrames_areTold_andOthersNoticeNothing() throws Exception {
    Random random = new Random(3);
    List<byte[]> frames = Frames.toHost();
    try (HostServer _ = listen(9);
        RkllmModel model = remote().load()) {
      Generation slow = model.generate("count slowly to 400");
      for (int i = 0; i < 3; i++) {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
          client.write(ByteBuffer.wrap(Frames.bytes(new ToHost.Proceed(true))));
          assertThat(String.valueOf(new Wire(client).receive(FromHost::read)))
              .contains("malformed message", "a reply to no question");
        }
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
          client.write(ByteBuffer.wrap(Frames.mutated(frames, random)));
          client.shutdownOutput();
          int _ = client.read(ByteBuffer.allocate(1)); // until it has ended
        }
      }
      assertThat(slow.text()).endsWith(" 399 400");
    }
  }

  /** One that sends nothing does not occupy a thread of the host for longer. */
  @Test
  void serve_clientBeyondTheLimitSendsNothing_isClosed() throws Exception {
    try (HostServer _ = listen(1);
        RkllmModel _ = remote().load();
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
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
