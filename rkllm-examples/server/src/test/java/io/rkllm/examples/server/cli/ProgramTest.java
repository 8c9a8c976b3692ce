package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The program as a shell meets it: pipes, exit statuses, signals. */
@Timeout(120)
final class ProgramTest {
  private static final String RULES =
      """
      thinking: on

      when: my name is {name:word}
      say: Hello {name}.

      when: what is my name
      say: {name}!
      else: I do not know.

      when: long
      decode-ms: 20
      repeat: 3000 w

      when: *city*
      say: {"city": "Bremen"}

      when: who are you
      needs: system *pirate*
      say: Arr!

      when: think
      needs: thinking
      think: Hm.
      say: Thought.

      when: fail
      fault: error-at 1
      say: No.

      when: *
      say: You said: {text}
      """;

  /** Gives what it starts a terminal of its own, whose output is ours. */
  private static final List<String> ON_A_TERMINAL =
      List.of("sh", "-c", "exec script -qefc \"$(printf \"'%s' \" \"$@\")\" /dev/null", "sh");

  @TempDir Path folder;

  @BeforeEach
  void models() {
    SimulatedServer.write(folder, "formatted", "TEMPLATE=qwen3\n", RULES);
    SimulatedServer.write(folder, "native", "", RULES);
    SimulatedServer.write(folder, "pirate", "TEMPLATE=qwen3\nSYSTEM=You are a pirate.\n", RULES);
  }

  private ProgramProcess start(String command, String... arguments) throws IOException {
    Stream<String> all =
        Stream.of(
            command,
            "--models",
            folder.toString(),
            "--library",
            Simulator.library(Release.V1_3_1).toString());
    return ProgramProcess.start(
        Stream.concat(all, Arrays.stream(arguments)).toArray(String[]::new));
  }

  private static void assertFails(ProgramProcess program, int status, String... words)
      throws InterruptedException {
    assertThat(program.exit()).as("%s", program.errors()).isEqualTo(status);
    assertThat(program.errors()).contains(words).doesNotContain("\tat ", "Exception");
    assertThat(program.output()).isEmpty();
  }

  @Test
  void run_withoutModel_usesTheDemoModel_andSaysSoOnStandardError() throws Exception {
    try (ProgramProcess program = ProgramProcess.start("run", "What are you?").endInput()) {
      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(program.output()).startsWith("I am a demonstration model").endsWith("\n");
      assertThat(program.errors().lines())
          .singleElement()
          .asString()
          .contains("demonstration model", "simulated runtime");
    }
  }

  @Test
  void run_argumentsAndPipedText_formThePrompt() throws Exception {
    try (ProgramProcess program = start("run", "-m", "formatted", "Grüße", "an:")) {
      program.say("你好", "😀").endInput();

      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(program.output()).isEqualTo("You said: Grüße an:\n\n你好\n😀\n");
      assertThat(program.errors()).isEmpty();
    }
  }

  @Test
  void run_withoutPrompt_isAUsageError() throws Exception {
    try (ProgramProcess program = start("run", "-m", "formatted").endInput()) {
      assertFails(program, 2, "there is no prompt", "Try rkllm run --help.");
    }
  }

  @Test
  void run_json_hasAnswerAndFigures() throws Exception {
    try (ProgramProcess program =
        start("run", "-m", "formatted", "--json", "--thinking", "think").endInput()) {
      assertThat(program.exit()).as("%s", program.errors()).isZero();
      JsonNode json = Json.MAPPER.readTree(program.output());
      assertThat(json.path("response").asString()).isEqualTo("Thought.");
      assertThat(json.path("thinking").asString()).startsWith("Hm.");
      assertThat(json.path("finish_reason").asString()).isEqualTo("stop");
      assertThat(json.path("new_tokens").asInt()).isPositive();
    }
  }

  @Test
  void run_schema_givesAnObjectThatFits() throws Exception {
    Path schema =
        Files.writeString(
            folder.resolve("city.json"),
            "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"
                + "\"required\":[\"city\"]}");
    try (ProgramProcess program =
        start("run", "-m", "formatted", "--schema", schema.toString(), "Which city?").endInput()) {
      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(Json.MAPPER.readTree(program.output()).path("city").asString())
          .isEqualTo("Bremen");
    }
  }

  @Test
  void run_file_isUsedWithTheModelfileBesideIt() throws Exception {
    String file = folder.resolve("pirate").resolve("model.rkllm").toString();
    try (ProgramProcess program = start("run", "-m", file, "Who are you?").endInput()) {
      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(program.output()).isEqualTo("Arr!\n");
    }
  }

  @Test
  void run_system_standsAboveTheModelfile() throws Exception {
    try (ProgramProcess program =
        start("run", "-m", "formatted", "--system", "Be a pirate.", "Who are you?").endInput()) {
      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(program.output()).isEqualTo("Arr!\n");
    }
  }

  @Test
  void run_unknownModel_namesThoseThereAre() throws Exception {
    try (ProgramProcess program = start("run", "-m", "nobody", "x").endInput()) {
      assertFails(program, 1, "there is no model \"nobody\"", "formatted, native, pirate");
    }
  }

  @Test
  void run_failedAnswer_exitsWith1() throws Exception {
    try (ProgramProcess program = start("run", "-m", "formatted", "fail").endInput()) {
      assertThat(program.exit()).isEqualTo(1);
      assertThat(program.errors()).isNotBlank().doesNotContain("\tat ", "Exception");
    }
  }

  @Test
  void run_missingLibrary_failsWithAMessage() throws Exception {
    try (ProgramProcess program =
        ProgramProcess.start(
                "run", "--models", "" + folder, "-m", "native", "--library", "/no/such.so", "x")
            .endInput()) {
      assertFails(program, 1, "/no/such.so");
    }
  }

  @Test
  void run_withClosedOutput_exitsQuietly() throws Exception {
    try (ProgramProcess program = start("run", "-m", "formatted", "long").endInput()) {
      program.awaitOutput("ww");
      program.stopReading();
      assertThat(program.exit()).isEqualTo(141);
      assertThat(program.errors()).isEmpty();
    }
  }

  @Test
  void run_termination_ends() throws Exception {
    try (ProgramProcess program = start("run", "-m", "formatted", "long").endInput()) {
      program.awaitOutput("ww");
      program.signal("TERM");
      assertThat(program.exit()).isEqualTo(143);
      assertThat(program.errors()).isEmpty();
    }
  }

  @Test
  void chat_underAChatFormat_remembersTheWholeConversation() throws Exception {
    assertRemembers("formatted");
  }

  @Test
  void chat_underTheRuntimesTemplate_remembersTheWholeConversation() throws Exception {
    assertRemembers("native");
  }

  private void assertRemembers(String model) throws Exception {
    try (ProgramProcess program = start("chat", model)) {
      program
          .say(
              "My name is Ada",
              "x",
              "fail",
              "What is my name?",
              "/clear",
              "What is my name?",
              "/exit")
          .endInput();

      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(program.output()).contains("Hello Ada.\n", "\nAda!\nI do not know.\n");
      assertThat(program.errors()).contains("All is forgotten.", " prompt tokens, ");
    }
  }

  @Test
  void chat_interruptDuringAnAnswer_stopsOnlyTheAnswer() throws Exception {
    try (ProgramProcess program = start("chat", "formatted")) {
      program.say("long");
      program.awaitOutput("ww");
      program.signal("INT");
      program.awaitErrors(", stopped");
      program.say("My name is Ada");
      program.awaitOutput("Hello Ada.");
      program.signal("INT");
      assertThat(program.exit()).isEqualTo(130);
    }
  }

  @Test
  void embed_eachLine_isALineOfNumbers() throws Exception {
    try (ProgramProcess program = start("embed", "-m", "native").say("one", "two").endInput()) {
      assertThat(program.exit()).as("%s", program.errors()).isZero();
      assertThat(program.output().lines())
          .hasSize(2)
          .allMatch(line -> Json.MAPPER.readTree(line).size() > 8);
    }
  }

  @Test
  void serve_termination_letsAnswersEnd_andExitsWith0() throws Exception {
    try (ProgramProcess program = start("serve", "--port", "0", "--stop-grace", "1s")) {
      URI address = address(program);
      try (InputStream answer = beginAnswer(address)) {
        program.signal("TERM");

        assertThat(program.exit()).as("%s", program.errors()).isZero();
        assertThat(new String(answer.readAllBytes(), StandardCharsets.UTF_8))
            .contains("\"content\":\"w", "the server is stopping");
      }
      assertThat(program.errors()).contains("formatted: unloaded").doesNotContain("\tat ");
    }
  }

  @Test
  void serve_secondSignal_exitsImmediately() throws Exception {
    try (ProgramProcess program = start("serve", "--port", "0", "--stop-grace", "10m");
        InputStream _ = beginAnswer(address(program))) {
      do {
        program.signal("INT"); // two that come too close to each other count as one
      } while (!program.hasEnded(Duration.ofMillis(500)));
      assertThat(program.exit()).isEqualTo(143);
    }
  }

  @Test
  void log_ofNamesWithLineBreaks_hasNoLineOfTheirs() throws Exception {
    Path bad = folder.resolve("x\n00:00:00 [ERROR] forged \u001b[2J");
    Files.createDirectories(bad);
    Files.writeString(bad.resolve("Modelfile"), "FROM=model.rkllm\n");
    try (ProgramProcess program = ProgramProcess.start("list", "--models", folder.toString())) {
      assertThat(program.exit()).isZero();

      assertThat(program.errors())
          .contains("x\\n00:00:00 [ERROR] forged \\u001b[2J is left out")
          .doesNotContain("SLF4J", "\n00:00:00 [ERROR]", "\u001b");
    }
  }

  /** Commands whose output names what others have written, each on a terminal. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "show hostile",
        "show --modelfile hostile",
        "show --json hostile",
        "list --json",
        "rm \u001b[2Jnobody",
        "show \u001b[2Jnobody",
        "create \u001b[2Jx --from hostile",
        "create x --from hostile --set LORA=\u001b[2J",
        "ps --server \u001b[2Jx",
        "pull user/\u001b[2J/m.rkllm"
      })
  void output_onATerminal_hasNoControlSequences(String command) throws Exception {
    String hostile = "\u001b[2J\u001b]0;title\u0007\u009b2J\b\u007f";
    SimulatedServer.write(folder, "hostile", "SYSTEM=\"a%sb\"\n".formatted(hostile), RULES);
    String[] words = command.split(" ");
    Stream<String> models =
        words[0].equals("ps") ? Stream.of() : Stream.of("--models", folder.toString());
    try (ProgramProcess program =
        ProgramProcess.start(
            ON_A_TERMINAL,
            List.of(),
            Map.of("TERM", "xterm", "LC_ALL", "C.UTF-8"),
            Stream.concat(Arrays.stream(words), models).toArray(String[]::new))) {
      program.exit();

      String ours = "\r\u001b[K"; // takes the line of a download away
      assertThat(program.output().replace("\r\n", "\n").replace(ours, ""))
          .isNotBlank()
          .doesNotContainPattern("[\\p{Cc}&&[^\\n\\t]]");
    }
  }

  @Test
  void show_toAFile_writesTheModelfileVerbatim() throws Exception {
    SimulatedServer.write(folder, "hostile", "SYSTEM=\"a\u001b[2J\u009bb\"\n", RULES);
    try (ProgramProcess program =
        ProgramProcess.start("show", "--models", "" + folder, "--modelfile", "hostile")) {
      assertThat(program.exit()).isZero();
      assertThat(program.output()).contains("SYSTEM=\"a\u001b[2J\u009bb\"\n");
    }
  }

  @Test
  void errorMessage_quotingControlCharacters_hasNone() throws Exception {
    try (ProgramProcess program = start("run", "-m", "no\u001b[2Jsuch", "hi").endInput()) {
      assertThat(program.exit()).isNotZero();
      assertThat(program.errors()).contains("[2Jsuch").doesNotContain("\u001b");
    }
  }

  @Test
  void serve_portInUse_failsWithAMessage() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ProgramProcess program = start("serve", "--port", "" + taken.getLocalPort())) {
      assertFails(program, 1, "port " + taken.getLocalPort(), "it is in use", "--port");
    }
  }

  private static URI address(ProgramProcess program) {
    program.awaitOutput("The chat page is at ");
    return URI.create(program.output().replace("The chat page is at ", "").strip());
  }

  /** A long answer that is streamed, of which something has come. */
  private static InputStream beginAnswer(URI address) throws IOException, InterruptedException {
    String body =
        "{\"model\":\"formatted\",\"stream\":true,"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"long\"}]}";
    InputStream answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(address.resolve("v1/chat/completions"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(body))
                    .build(),
                BodyHandlers.ofInputStream())
            .body();
    assertThat(answer.read()).isEqualTo('d');
    return answer;
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "run hello", "show --json m", "completion", "--help", "doctor"})
  void output_toAFullDisk_exitsWith1(String line) throws Exception {
    SimulatedServer.write(folder, "m", "", "when: *\nsay: x");
    List<String> arguments = new ArrayList<>(List.of(line.split(" ")));
    if (line.startsWith("list") || line.startsWith("show")) {
      arguments.addAll(List.of("--models", folder.toString()));
    }
    try (ProgramProcess program =
        ProgramProcess.start(
            List.of("sh", "-c", "exec \"$@\" > /dev/full", "sh"),
            List.of(),
            Map.of(),
            arguments.toArray(String[]::new))) {
      program.endInput();

      assertThat(program.exit()).as("%s", program.errors()).isEqualTo(1);
      assertThat(program.errors())
          .contains("cannot write to standard output")
          .doesNotContain("Exception");
    }
  }
}
