package io.rkllm.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a user meets it. Signals are in {@link InterruptsTest}. */
final class ChatProgramTest {
  private static final String SIMULATOR = "This is the simulator (runtime 1.3.1)";
  private static final String STATS =
      "\\d+ prompt tokens?, \\d+ new, first after \\d+\\.\\d\\d s, \\d+\\.\\d tokens/s";

  private static final String RULES =
      """
      when: *my name is {name:word}
      say: Hello {name}.

      when: *what is my name*
      say: {name}!
      else: I do not know.

      when: 你好*
      cut: bytes 1
      say: 你好，世界 🌍 👩‍👩‍👧‍👦

      when: fail
      fault: error-at 2
      say: Now it fails.

      when: *
      needs: thinking
      say: I thought.

      when: *
      say: You said: {text}
      """;

  @TempDir private Path folder;

  @Test
  void withoutOptions_talksToTheDemonstrationModel() throws Exception {
    try (ChatProcess chat = ChatProcess.start("--prompt", "hello")) {
      assertThat(chat.awaitExit()).as("%s", chat).isZero();
      assertThat(chat.lines().getFirst()).startsWith(SIMULATOR);
      assertThat(chat.lines().get(1)).contains("demonstration model");
    }
  }

  @Test
  void prompt_isAnsweredOnce_andFiguresFollow() throws Exception {
    try (ChatProcess chat = start("--prompt", "My name is Ada")) {
      assertThat(chat.awaitExit()).as("%s", chat).isZero();
      assertThat(chat.lines()).hasSize(3);
      assertThat(chat.lines().get(0)).startsWith(SIMULATOR);
      assertThat(chat.lines().get(1)).isEqualTo("Hello Ada.");
      assertThat(chat.lines().get(2)).matches(STATS);
      assertThat(chat.errors()).isEmpty();
    }
  }

  @Test
  void linesPipedIn_areAnsweredInTurn_andRemembered() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("My name is Ada", "", "  ", "What is my name?");
      chat.endInput();
      assertThat(chat.awaitExit()).as("%s", chat).isZero();
      assertThat(chat.lines()).hasSize(5).contains("Hello Ada.", "Ada!");
      assertThat(chat.errors()).isEmpty();
    }
  }

  @Test
  void lastLine_withoutLineEnd_isAnswered() throws Exception {
    try (ChatProcess chat = start()) {
      chat.sayBytes("My name is Ada".getBytes(StandardCharsets.UTF_8));
      chat.endInput();
      assertThat(chat.awaitExit()).isZero();
      assertThat(chat.lines()).contains("Hello Ada.");
    }
  }

  @Test
  void systemPrompt_choosesChatMl_andRemembers() throws Exception {
    try (ChatProcess chat = start("--system", "Be brief.")) {
      chat.say("My name is Ada", "What is my name?");
      chat.endInput();
      assertThat(chat.awaitExit()).as("%s", chat).isZero();
      assertThat(chat.lines()).contains("Hello Ada.", "Ada!");
    }
  }

  @Test
  void otherScripts_underTheCLocale_comeAndGoWhole() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("你好 😀", "Grüße 😀");
      chat.endInput();
      assertThat(chat.awaitExit()).as("%s", chat).isZero();
      assertThat(chat.lines()).contains("你好，世界 🌍 👩‍👩‍👧‍👦", "You said: Grüße 😀");
    }
  }

  @Test
  void token_isPrintedBeforeTheNextComes() throws Exception {
    try (ChatProcess chat =
        startWith("when: *\nfault: hang-at 3\nsay: abcdef\n", "--prompt", "x")) {
      chat.awaitOutput("\nabc");
    }
  }

  @Test
  void commands_areObeyed() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say(
          "/help",
          "My name is Ada",
          "/clear",
          "What is my name?",
          "/think",
          "x",
          "/think",
          "x",
          "/exit",
          "never");
      assertThat(chat.awaitExit()).as("%s", chat).isZero();
      assertThat(chat.output())
          .containsSubsequence(
              "/exit",
              "Hello Ada.",
              "I do not know.",
              "I thought.",
              "Thinking is off.",
              "You said: x")
          .doesNotContain("never");
    }
  }

  @Test
  void messageThatCannotBeSent_isReported_andTheChatContinues() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("a\0b");
      chat.sayBytes(new byte[] {(byte) 0xFC, 'b', '\n'}); // Latin-1
      chat.sayBytes(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80, '\n'}); // a lone surrogate
      chat.say("My name is Ada");
      chat.endInput();
      assertThat(chat.awaitExit()).isZero();
      assertThat(chat.errors().lines())
          .hasSize(3)
          .allMatch(line -> line.startsWith("Not sent: "))
          .anyMatch(line -> line.contains("NUL"))
          .anyMatch(line -> line.contains("UTF-8"));
      assertThat(chat.lines()).contains("Hello Ada.");
    }
  }

  @Test
  void failedAnswer_isReported_andTheChatContinues() throws Exception {
    try (ChatProcess chat = start()) {
      chat.say("fail", "My name is Ada");
      chat.endInput();
      assertThat(chat.awaitExit()).isZero();
      assertThat(chat.errors()).isNotBlank().doesNotContain("\tat ");
      assertThat(chat.lines()).contains("No", "Hello Ada.");
    }
  }

  @Test
  void failedAnswer_toTheOnlyPrompt_exitsWith1() throws Exception {
    try (ChatProcess chat = start("--prompt", "fail")) {
      assertRefused(chat, 1, "");
    }
  }

  @Test
  void conversation_beyondTheContext_suggestsARemedy() throws Exception {
    try (ChatProcess chat = start("--context", "64")) {
      chat.say("x".repeat(300));
      chat.endInput();
      assertThat(chat.awaitExit()).isZero();
      assertThat(chat.errors()).contains("context", "/clear", "--context");
    }
  }

  @Test
  void missingModel_failsWithAMessage() throws Exception {
    try (ChatProcess chat = ChatProcess.start("--model", "no/such.rkllm", "--library", library())) {
      assertRefused(chat, 1, "no/such.rkllm");
    }
  }

  @Test
  void errorMessage_quotingControlCharacters_hasNone() throws Exception {
    try (ChatProcess chat = ChatProcess.start("--library", "/no\u001b[2Jsuch.so")) {
      assertRefused(chat, 1, "[2Jsuch.so");
      assertThat(chat.errors()).doesNotContain("\u001b");
    }
  }

  @Test
  void missingLibrary_failsWithAMessage() throws Exception {
    try (ChatProcess chat = ChatProcess.start("--library", "/no/such/librkllmrt.so")) {
      assertRefused(chat, 1, "/no/such/librkllmrt.so");
    }
  }

  @Test
  void wrongOptions_exitWith2() throws Exception {
    for (String[] options :
        new String[][] {
          {"--bogus"},
          {"--top-k", "0"},
          {"--context", "100"},
          {"--temperature", "warm"},
          {"--thinking", "--system", "x"}
        }) {
      try (ChatProcess chat = ChatProcess.start(options)) {
        assertRefused(chat, 2, "Try --help.");
      }
    }
  }

  @Test
  void help_explains() throws Exception {
    try (ChatProcess chat = ChatProcess.start("--help")) {
      assertThat(chat.awaitExit()).isZero();
      assertThat(chat.output())
          .contains("--model", "--system", "Ctrl-C", "Examples:")
          .doesNotContain("\033");
      assertThat(chat.errors()).isEmpty();
    }
  }

  @Test
  void doctor_reportsOnTheLibrary() throws Exception {
    try (ChatProcess chat = ChatProcess.start("--doctor", "--library", library())) {
      assertThat(chat.awaitExit()).as("%s", chat).isZero();
      assertThat(chat.output()).contains(library(), "1.3.1", "simulator");
    }
  }

  @Test
  void runtimeLog_isShownOnRequest() throws Exception {
    try (ChatProcess chat = start("--show-runtime-log", "--prompt", "My name is Ada")) {
      assertThat(chat.awaitExit()).isZero();
      assertThat(chat.errors()).contains("I rkllm: rkllm-runtime version: 1.3.1");
      assertThat(chat.lines()).hasSize(3);
    }
  }

  @Test
  void closedOutput_endsQuietly() throws Exception {
    try (ChatProcess chat = startWith("when: *\nrepeat: 3000 word \n", "--prompt", "x")) {
      chat.awaitOutput("word");
      chat.stopReading();
      assertThat(chat.awaitExit()).isEqualTo(141);
      assertThat(chat.errors()).isEmpty();
    }
  }

  private ChatProcess start(String... options) throws IOException {
    return startWith(RULES, options);
  }

  private ChatProcess startWith(String rules, String... options) throws IOException {
    Path model = TestModel.write(folder, rules);
    String[] files = {"--model", model.toString(), "--library", library()};
    return ChatProcess.start(Stream.of(files, options).flatMap(Stream::of).toArray(String[]::new));
  }

  private static String library() {
    return Simulator.library(Release.V1_3_1).toString();
  }

  /** It says why in words, on standard error. */
  private static void assertRefused(ChatProcess chat, int status, String word)
      throws InterruptedException {
    assertThat(chat.awaitExit()).as("%s", chat).isEqualTo(status);
    assertThat(chat.errors()).contains(word).isNotBlank().doesNotContain("\tat ", "Exception");
  }
}
