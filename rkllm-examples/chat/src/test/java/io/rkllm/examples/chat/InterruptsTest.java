package io.rkllm.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C and SIGTERM in every state of the program. */
final class InterruptsTest {
  /** Native code that hangs is given two seconds. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private static final String RULES =
      """
      when: long
      decode-ms: 20
      repeat: 3000 w

      when: slow
      prefill-ms: 600000
      say: At last.

      when: hang
      fault: hang-at 2
      say: abc

      when: *
      say: Yes.
      """;

  @TempDir private Path folder;

  @Test
  void interrupt_duringAnAnswer_stopsOnlyTheAnswer() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("long");
      chat.awaitOutput("\nww");
      chat.signal("INT");
      chat.awaitOutput(", stopped");
      chat.say("x");
      chat.awaitOutput("\nYes.\n");
      chat.endInput();
      assertThat(chat.awaitExit()).isZero();
      assertThat(chat.errors()).isEmpty();
    }
  }

  @Test
  void interrupt_atThePrompt_ends() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("x");
      chat.awaitOutput(" tokens/s\n");
      chat.signal("INT");
      assertEnds(chat, 130);
    }
  }

  @Test
  void interrupt_twice_endsThoughNativeCodeHangs() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("hang");
      chat.awaitOutput("\nab");
      do {
        chat.signal("INT"); // two that come too close to each other count as one
      } while (!chat.hasEnded(Duration.ofMillis(500)));
      assertEnds(chat, 130);
    }
  }

  @Test
  void interrupt_ofTheOnlyAnswer_ends() throws Exception {
    try (ChatProcess chat = start("--prompt", "long")) {
      chat.awaitOutput("\nww");
      chat.signal("INT");
      assertEnds(chat, 130);
    }
  }

  @Test
  void termination_atThePrompt_ends() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("x");
      chat.awaitOutput(" tokens/s\n");
      chat.signal("TERM");
      assertEnds(chat, 143);
    }
  }

  @Test
  void termination_duringAnAnswer_ends() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("long");
      chat.awaitOutput("\nww");
      chat.signal("TERM");
      assertEnds(chat, 143);
    }
  }

  @Test
  void termination_inPrefill_ends() throws Exception {
    try (ChatProcess chat = start()) {
      // The first answer shows that the program listens; whether the second has begun makes no
      // difference.
      chat.say("x", "slow");
      chat.awaitOutput(" tokens/s\n");
      chat.signal("TERM");
      assertEnds(chat, 143);
    }
  }

  @Test
  void termination_whileNativeCodeHangs_ends() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("hang");
      chat.awaitOutput("\nab");
      chat.signal("TERM");
      assertEnds(chat, 143);
    }
  }

  private ChatProcess start(String... options) throws IOException {
    Path model = TestModel.write(folder, RULES);
    String[] files = {
      "--model", model.toString(), "--library", Simulator.library(Release.V1_3_1).toString()
    };
    return ChatProcess.start(Stream.of(files, options).flatMap(Stream::of).toArray(String[]::new));
  }

  private static void assertEnds(ChatProcess chat, int status) throws InterruptedException {
    long begin = System.nanoTime();
    assertThat(chat.awaitExit()).isEqualTo(status);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SOON);
    assertThat(chat.errors()).isEmpty();
  }
}
