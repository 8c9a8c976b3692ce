package io.rkllm.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class Utf8ArgumentsTest {
  /** Prints its first argument as the class under test restores it. */
  static final class Echo {
    public static void main(String[] arguments) {
      byte[] text = Utf8Arguments.restored(arguments)[0].getBytes(StandardCharsets.UTF_8);
      System.out.write(text, 0, text.length);
      System.out.flush();
    }
  }

  @Test
  void restored_underTheCLocale_returnsTheTypedText() throws Exception {
    assertThat(echo("C", "Wie heißt du? 你好 😀")).isEqualTo("Wie heißt du? 你好 😀");
  }

  @Test
  void restored_underUtf8_changesNothing() throws Exception {
    assertThat(echo("C.UTF-8", "a \uFFFD and 你好")).isEqualTo("a \uFFFD and 你好");
  }

  @Test
  void property_givenTwiceToAProcess_isTheLast() throws Exception {
    Process process = new ProcessBuilder("sh", "-c", "read line", "-Dx=1", "-Dx=${y}  2 ").start();
    try {
      assertThat(Utf8Arguments.property(process.toHandle(), "x")).contains("${y}  2 ");
      assertThat(Utf8Arguments.property(process.toHandle(), "y")).isEmpty();
    } finally {
      process.destroy();
    }
  }

  /** The text goes as bytes through a shell, so the locale of this JVM has no part in it. */
  private static String echo(String locale, String text) throws IOException, InterruptedException {
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Echo.class.getName());
    var command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" \"$(cat)\"", "sh"));
    command.addAll(java);
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("LC_ALL", locale);
    Process process = builder.start();
    try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
      in.write(text);
    }
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return answer;
  }
}
