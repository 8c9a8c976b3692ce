package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.RkllmProgram;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Draws the terminal of the README from a conversation with the demonstration model: {@code mvn -q
 * -Ppictures}.
 */
@Tag("pictures")
class PicturesTest {
  private static final Path PICTURE = Page.ROOT.resolve("docs/images/terminal.svg");
  private static final Duration KEY = Duration.ofMillis(45);

  private final TerminalPicture picture = new TerminalPicture(92);
  private volatile String printed = ""; // written by one thread
  private volatile long start;

  @Test
  void terminal_ofAConversation_isDrawn() throws Exception {
    start = System.nanoTime();
    picture.print(Duration.ZERO, "$ ");
    type("rkllm chat", key -> picture.print(now(), key));
    picture.print(now(), "\r\n");
    long typed = System.nanoTime();
    Process process = start();
    try (OutputStream keyboard = process.getOutputStream()) {
      Thread screen = Thread.startVirtualThread(() -> record(process, typed));
      awaitPrompt(1);
      type("What are you?\n", key -> press(keyboard, key));
      awaitPrompt(2);
      type("Tell me a story\n", key -> press(keyboard, key));
      await().until(() -> printed.contains("copied a model"));
      press(keyboard, "\003"); // Ctrl-C: stops the answer
      awaitPrompt(3);
      type("/exit\n", key -> press(keyboard, key));
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      screen.join();
    } finally {
      process.destroyForcibly();
    }
    Files.write(PICTURE, picture.svg("A conversation on the command line"));
  }

  private interface Keyboard {
    void press(String key) throws IOException;
  }

  private static void type(String text, Keyboard keyboard) throws Exception {
    for (int i = 0; i < text.length(); i++) {
      Thread.sleep(KEY);
      keyboard.press(text.substring(i, i + 1));
    }
  }

  private static void press(OutputStream keyboard, String key) throws IOException {
    keyboard.write(key.getBytes(StandardCharsets.UTF_8));
    keyboard.flush();
  }

  /** Starts the program on a terminal of its own. */
  private static Process start() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String command =
        "stty cols 92; exec %s --enable-native-access=ALL-UNNAMED -cp '%s' %s chat"
            .formatted(java, System.getProperty("java.class.path"), RkllmProgram.class.getName());
    ProcessBuilder builder =
        new ProcessBuilder("script", "-qefc", command, "-E", "always", "/dev/null");
    builder.environment().put("TERM", "dumb"); // TerminalPicture supports only plain lines
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().keySet().removeIf(name -> name.startsWith("RKLLM_"));
    return builder.start();
  }

  private Duration now() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** Reads the terminal; the start of the JVM is left out. */
  private void record(Process process, long typed) {
    try (Reader terminal =
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
      char[] buffer = new char[4096];
      for (int count; (count = terminal.read(buffer)) >= 0; ) {
        add(new String(buffer, 0, count), typed);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void add(String text, long typed) {
    if (printed.isEmpty()) {
      start = start + System.nanoTime() - typed - Duration.ofMillis(500).toNanos();
    }
    picture.print(now(), text);
    printed = printed + text;
  }

  private void awaitPrompt(int count) {
    await(printed)
        .atMost(Duration.ofSeconds(60))
        .until(() -> printed.split("\n> ", -1).length > count);
  }
}
