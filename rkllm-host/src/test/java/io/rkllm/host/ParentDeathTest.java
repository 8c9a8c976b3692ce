package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import java.io.BufferedReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that dies while native code works or hangs for it. */
@Tag("not-emulated")
@Timeout(120)
class ParentDeathTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"decode-ms: 20", "fault: hang-at 1", "fault: ignore-abort"})
  void application_isKilled_itsChildEnds(String directive) throws Exception {
    Path model =
        Simulators.model(
            folder, "cut: words", "decode-ms: 5", "when: *", directive, "repeat: 2000 \" {i}\"");
    Process application =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Application.class.getName(),
                model.toString(),
                Simulators.V1_3_1.library().toString())
            .redirectError(folder.resolve("err.txt").toFile())
            .start();
    try (BufferedReader lines = application.inputReader()) {
      ProcessHandle child = ProcessHandle.of(childIn(lines)).orElseThrow();

      application.destroyForcibly();
      assertThat(child.onExit().get(10, TimeUnit.SECONDS).isAlive()).isFalse();
    }
  }

  /** Simulates an application that was killed while its child started. */
  @Test
  void application_hasGone_childDeletesTheFolder() throws Exception {
    Path meeting = PrivateFolder.create();
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(meeting.resolve("socket")));
    server.close(); // its file remains, as after a kill

    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                HostProcess.class.getName(),
                "io.rkllm.ffm.FfmRuntimeProvider",
                meeting.resolve("socket").toString(),
                "")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out.txt").toFile())
            .start();

    assertThat(child.waitFor()).isNotZero();
    assertThat(folder.resolve("out.txt")).content().contains("connection to the application");
    assertThat(meeting).doesNotExist();
  }

  private static long childIn(BufferedReader lines) throws Exception {
    for (String line; (line = lines.readLine()) != null; ) {
      if (line.startsWith("child ")) {
        return Long.parseLong(line.substring("child ".length()));
      }
    }
    throw new AssertionError("the application ended");
  }

  /** The application: generates, and names its child once there is a token. */
  static final class Application {
    public static void main(String[] arguments) throws Exception {
      RkllmModel model =
          RkllmModel.builder(Path.of(arguments[0]))
              .library(Path.of(arguments[1]))
              .isolated()
              .load();
      String first = model.generate("anything").iterator().next().text();
      try (var children = ProcessHandle.current().children()) {
        System.out.println(first + "\nchild " + children.findFirst().orElseThrow().pid());
      }
      Thread.sleep(60_000);
    }
  }
}
