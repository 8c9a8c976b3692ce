package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code rkllm chat} as a person uses it, on a pseudoterminal. */
@Tag("not-emulated")
@Timeout(120)
final class ChatOnTerminalTest {
  private static final String RULES =
      """
      thinking: on

      when: my name is {name:word}
      say: Hello {name}.

      when: what is my name
      say: {name}!

      when: long
      decode-ms: 20
      repeat: 3000 w

      when: hostile
      say: a\u001b[2Jb

      when: think
      needs: thinking
      think: Hm.
      say: Thought.

      when: *
      say: You said: {text}
      """;

  private static final String UP = "\u001bOA";
  private static final String LEFT = "\u001bOD";
  private static final String ALT_ENTER = "\u001b\r";
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";

  /** Runs the program on a terminal of this size, and says afterwards how the terminal is set. */
  private static List<String> terminal(int columns, int rows) {
    return List.of(
        "sh",
        "-c",
        "exec script -qefc \"stty cols %d rows %d; $(printf \"'%%s' \" \"$@\"); s=\\$?; stty -a; exit \\$s\" /dev/null"
            .formatted(columns, rows),
        "sh");
  }

  @TempDir Path folder;
  @TempDir Path state;

  @BeforeEach
  void models() {
    SimulatedServer.write(folder, "first", "TEMPLATE=chatml\n", RULES);
    SimulatedServer.write(folder, "second", "TEMPLATE=qwen3\n", RULES);
  }

  private ProgramProcess start(String type, List<String> terminal, String model)
      throws IOException {
    ProgramProcess program =
        ProgramProcess.start(
            terminal,
            List.of(),
            Map.of("TERM", type, "LC_ALL", "C.UTF-8", "XDG_STATE_HOME", state.toString()),
            "chat",
            model,
            "--models",
            folder.toString(),
            "--library",
            Simulator.library(Release.V1_3_1).toString());
    program.awaitOutput("> ");
    return program;
  }

  private ProgramProcess start() throws IOException {
    return start("xterm", terminal(80, 24), "first");
  }

  private static void leave(ProgramProcess program) throws Exception {
    program.type(CTRL_D);
    assertThat(program.exit()).as("%s", program.output()).isZero();
  }

  @Test
  void line_isEdited_andCharactersOfPromptsHaveNoMeaning() throws Exception {
    try (ProgramProcess program = start()) {
      program.type("a 'b\\ !!c" + LEFT + LEFT + LEFT + "\u007f x\r");

      program.awaitOutput("You said: a 'b\\ x!!c");
      leave(program);
    }
  }

  @Test
  void history_isKeptForTheNextTime_andBelongsToTheUserAlone() throws Exception {
    try (ProgramProcess program = start()) {
      program.type("My name is Ada\r").awaitOutput("Hello Ada.");
      leave(program);
    }
    Path history = state.resolve("rkllm").resolve("chat-history");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(history, PosixFilePermissions.fromString("rw-r--r--"));
    try (ProgramProcess program = start()) {
      program.type(UP + "\r").awaitOutput("Hello Ada.");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
          .isEqualTo("rw-------");
      leave(program);
    }
  }

  @Test
  void history_thatCannotBeWritten_isKeptInMemory() throws Exception {
    Files.writeString(state.resolve("rkllm"), "a file in the way");
    try (ProgramProcess program = start()) {
      program.type("My name is Ada\r").awaitOutput("Hello Ada.");
      program.type("/clear\r").awaitOutput("All is forgotten.");
      program.type(UP + UP + "\r").awaitOutput("> My name is Ada");
      leave(program);
      assertThat(program.output()).doesNotContain("Exception");
    }
  }

  @Test
  void tab_completesCommands_andModels() throws Exception {
    try (ProgramProcess program = start()) {
      program.type("/cl\t\r").awaitOutput("All is forgotten.");
      program.type("/model se\t\r").awaitOutput("The model is now second.");
      program.type("My name is Ada\r").awaitOutput("Hello Ada.");
      leave(program);
    }
  }

  @Test
  void model_thatIsUnknown_leavesTheOneThereIs() throws Exception {
    try (ProgramProcess program = start()) {
      program.type("My name is Ada\r").awaitOutput("Hello Ada.");
      program.type("/model nobody\r").awaitOutput("there is no model \"nobody\"");
      program.type("What is my name?\r").awaitOutput("Ada!");
      leave(program);
    }
  }

  @Test
  void message_ofSeveralLines_isSentAsOne() throws Exception {
    try (ProgramProcess program = start()) {
      program.type("one" + ALT_ENTER + "two\r").awaitOutput("You said: one\r\ntwo");
      program.type("\"\"\"three\rfour\"\"\"\r").awaitOutput("You said: three\r\nfour");
      program.type("\u001b[200~five\nsix\u001b[201~\r").awaitOutput("You said: five\r\nsix");
      leave(program);
    }
  }

  @Test
  void ctrlC_stopsAnAnswer_discardsALine_andLeavesAtAnEmptyPrompt() throws Exception {
    try (ProgramProcess program = start()) {
      program.type("long\r").awaitOutput("www");
      program.type(CTRL_C).awaitOutput(", stopped");
      program.type("My name is Bob" + CTRL_C + "My name is Ada\r").awaitOutput("Hello Ada.");
      program.type(CTRL_C);
      assertThat(program.exit()).as("%s", program.output()).isEqualTo(130);
      assertThat(program.output()).doesNotContain("Hello Bob");
    }
  }

  @Test
  void termination_atThePrompt_leavesTheTerminalAsItWas() throws Exception {
    try (ProgramProcess program = start()) {
      program.signalWrapped("TERM");
      assertThat(program.exit()).isEqualTo(143);
      assertThat(program.output()).contains(" icanon", " echo ").doesNotContain("-icanon");
      assertThat(program.output()).contains("\u001b[?2004l"); // no longer marks what is pasted
    }
  }

  @Test
  void answer_withControlSequences_hasNoneOnTheTerminal() throws Exception {
    try (ProgramProcess program = start()) {
      program.type("hostile\r").awaitOutput("a\ufffd[2Jb");
      leave(program);
    }
  }

  @Test
  void thinking_isThatOfTheFamily() throws Exception {
    try (ProgramProcess program = start("xterm", terminal(80, 24), "second")) {
      program.type("think\r").awaitOutput("Thought.");
      program.type("/think\r").awaitOutput("Thinking is off.");
      leave(program);
    }
  }

  @Test
  void terminal_thatDoesNotKnowItsSize_isAsLargeAsMost() throws Exception {
    try (ProgramProcess program = start("vt100", terminal(0, 0), "first")) {
      program.type("My name is Ada\r").awaitOutput("Hello Ada.");
      leave(program);
    }
  }

  @Test
  void terminal_thatCannotMoveItsCursor_readsPlainLines() throws Exception {
    try (ProgramProcess program = start("dumb", terminal(80, 24), "first")) {
      program.type("My name is Ada\r").awaitOutput("Hello Ada.");
      leave(program);
      assertThat(program.output()).doesNotContain("\u001b[?");
    }
  }

  @Test
  void terminal_ofAnUnknownType_isTakenForAnUsualOne() throws Exception {
    try (ProgramProcess program = start("unknown-to-all", terminal(80, 24), "first")) {
      program.type("My name is Bob\u007f\u007f\u007fAda\r").awaitOutput("Hello Ada.");
      leave(program);
      assertThat(program.output()).doesNotContain("Exception", "WARNING");
    }
  }
}
