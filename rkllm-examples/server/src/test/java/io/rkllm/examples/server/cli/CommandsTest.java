package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.hub.PullProgress;
import io.rkllm.examples.server.store.FileSize;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.simulator.SimulatorModelFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;

/** Commands that need neither a model in memory nor a process of their own. */
final class CommandsTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter errors = new StringWriter();

  @BeforeEach
  void models() {
    SimulatedServer.write(folder, "one", "SYSTEM=Be brief.\n", "when: *\nsay: x");
    SimulatedServer.write(folder, "two", "", "when: *\nsay: x");
  }

  /** Runs a command with the model folder of this test. */
  private int run(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command, "--models", folder.toString()));
    all.addAll(List.of(arguments));
    return runAsIs(all.toArray(String[]::new));
  }

  private int runAsIs(String... arguments) {
    CommandLine line = Commands.line();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(errors, true));
    return line.execute(arguments);
  }

  @Test
  void list_showsNamesAndSizes() {
    assertThat(run("list")).isZero();

    assertThat(out.toString().lines())
        .hasSize(3)
        .element(1)
        .asString()
        .matches("one +\\d+ bytes +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d");
  }

  @Test
  void list_json_isAnArray() {
    assertThat(run("ls", "--json")).isZero();

    JsonNode json = Json.MAPPER.readTree(out.toString());
    assertThat(json.at("/0/name").asString()).isEqualTo("one");
    assertThat(json.at("/0/modelfile").asString()).contains("SYSTEM=\"Be brief.\"");
  }

  @Test
  void list_emptyStore_suggestsPull() {
    assertThat(runAsIs("list", "--models", folder.resolve("none").toString())).isZero();

    assertThat(out.toString()).isEmpty();
    assertThat(errors.toString()).contains("rkllm pull");
  }

  @Test
  void show_printsPathAndSettings() {
    assertThat(run("show", "one")).isZero();

    assertThat(out.toString())
        .contains("name      one", "  SYSTEM=\"Be brief.\"", folder.resolve("one").toString());
  }

  @Test
  void showJson_ofAModelFile_hasItsFacts() throws IOException {
    Path file = modelFile("qwen2");

    assertThat(run("show", "--json", file.toString())).isZero();

    JsonNode json = Json.MAPPER.readTree(out.toString());
    assertThat(json.get("architecture").asString()).isEqualTo("qwen3");
    assertThat(json.get("platform").asString()).isEqualTo("RK3576");
    assertThat(json.get("toolkit").asString()).isEqualTo("1.3.1");
    assertThat(json.get("max_context").asInt()).isEqualTo(2048);
    assertThat(json.get("npu_cores").asInt()).isEqualTo(2);
    assertThat(json.get("embedding_length").asInt()).isEqualTo(64);
    assertThat(json.get("vocab_size").asInt()).isEqualTo(269);
    assertThat(json.get("tokenizer").asString()).isEqualTo("gpt2");
    assertThat(json.get("chat_template").asBoolean()).isFalse();
    assertThat(json.get("board").valueStream().map(finding -> finding.get("subject").asString()))
        .containsExactly(
            "model platform", "model memory", "model tokenizer", "model chat template");
  }

  @Test
  void show_ofAFileWithTheWrongPreTokenizer_warns() throws IOException {
    assertThat(run("show", modelFile("default").toString())).isZero();

    assertThat(out.toString())
        .contains("WARNING  model tokenizer", "the runtime reads numbers wrongly", "max context");
  }

  @Test
  void doctor_withAModel_comparesItWithTheMachine() throws IOException {
    Path library = Simulator.library(Release.V1_3_1);
    Path file = modelFile("qwen2");

    int status = run("doctor", "--library", library.toString(), "--model", file.toString());

    assertThat(status).isZero();
    assertThat(out.toString()).contains("library", "model platform", "converted for RK3576");
  }

  private Path modelFile(String preTokenizer) throws IOException {
    return SimulatorModelFile.of(
            "RKLLM-SIMULATOR-MODEL 1\nplatform: RK3576\nnpu-cores: 2\ncontext-limit: 2048\n")
        .byteTokens()
        .text("tokenizer.ggml.pre", preTokenizer)
        .write(folder.resolve("file.rkllm"));
  }

  @Test
  void show_fileInTheStoreIsNotAModel_saysWhatItIs() throws IOException {
    Files.writeString(folder.resolve("one/model.rkllm"), "GGUF, and not what it should be");

    assertThat(run("show", "one")).isZero();
    assertThat(out.toString()).contains("problem   the file is a GGUF file, for llama.cpp");

    out.getBuffer().setLength(0);
    assertThat(run("show", "--json", "one")).isZero();
    assertThat(Json.MAPPER.readTree(out.toString()).get("problem").asString())
        .startsWith("is a GGUF file");

    String library = Simulator.library(Release.V1_3_1).toString();
    run("doctor", "--library", library, "--model", "one");
    assertThat(out.toString()).contains("WARNING  model file", "is a GGUF file");
  }

  @Test
  void show_missingModel_exitsWith1() {
    assertThat(run("show", "three")).isEqualTo(1);

    assertThat(out.toString()).isEmpty();
    assertThat(errors.toString()).isEqualTo("there is no model \"three\"; there are one, two\n");
  }

  @Test
  void create_fromAnotherModel_andRm() {
    assertThat(run("create", "three", "--from", "one", "--set", "SYSTEM=a \"b\" # c")).isZero();
    assertThat(run("show", "--modelfile", "three")).isZero();
    assertThat(out.toString())
        .isEqualTo("three\nFROM=\"model.rkllm\"\nSYSTEM=\"a \\\"b\\\" # c\"\n");

    assertThat(run("rm", "three", "four", "one")).isEqualTo(1);

    assertThat(folder.resolve("three")).doesNotExist();
    assertThat(folder.resolve("one")).doesNotExist();
    assertThat(errors.toString())
        .contains("three is deleted.", "there is no model \"four\"", "one is deleted.");
  }

  @Test
  void create_fromAFileNamedInAModelfile() throws IOException {
    Path place = Files.createDirectories(folder.resolve("elsewhere"));
    String weights = "RKLLM-SIMULATOR-MODEL 1\n";
    Files.writeString(place.resolve("w.rkllm"), weights);
    Path file = Files.writeString(place.resolve("My.modelfile"), "FROM ./w.rkllm\nNUM_CTX 64\n");

    assertThat(run("create", "three", "--file", file.toString())).isZero();

    assertThat(folder.resolve("three").resolve("w.rkllm")).hasContent(weights);
  }

  @Test
  void create_withoutArguments_isAUsageError() {
    assertThat(run("create", "three")).isEqualTo(2);
    assertThat(errors.toString()).contains("--file", "Try rkllm create --help.");
  }

  @Test
  void create_withABadModelfile_namesTheLine() {
    assertThat(run("create", "three", "--from", "one", "--set", "TOP_P=2")).isEqualTo(1);
    assertThat(errors.toString())
        .isEqualTo("the Modelfile of three line 2: TOP_P must be in [0, 1], was 2\n");
  }

  @Test
  void doctor_reports() {
    String library = Simulator.library(Release.V1_3_1).toString();

    assertThat(runAsIs("doctor", "--library", library)).isZero();
    assertThat(out.toString()).contains("1.3.1", library);
  }

  @Test
  void doctorJson_withAProblem_exitsWith1() {
    assertThat(runAsIs("doctor", "--json", "--library", "/no/such.so")).isEqualTo(1);

    JsonNode json = Json.MAPPER.readTree(out.toString());
    assertThat(json.path("usable").asBoolean()).isFalse();
    assertThat(json.path("findings").toString()).contains("\"status\":\"problem\"");
  }

  @Test
  void completion_knowsAllCommands() {
    assertThat(runAsIs("completion")).isZero();
    assertThat(out.toString()).contains("complete ", "pull", "--keep-alive", "--prompt-cache");
  }

  @Test
  void everyCommand_explainsItself_withAnExample() {
    for (Map.Entry<String, CommandLine> command : Commands.line().getSubcommands().entrySet()) {
      String help = command.getValue().getUsageMessage(CommandLine.Help.Ansi.OFF);
      assertThat(help)
          .as("%s", command.getKey())
          .containsPattern("Examples?:\n  ")
          .contains("rkllm");
      assertThat(runAsIs(command.getKey(), "--help")).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serve --port 70000|--port must be in [0, 65535]",
        "serve --port many|'many' is not an int",
        "serve --keep-alive soon|'soon' is not a time; write it as 30s",
        "serve --max-body huge|'huge' is not a size; write it as 4M",
        "serve --heartbeat 1ms|--heartbeat must be at least 100ms, was 1ms",
        "serve --context 100|--context must be a multiple of 32 in [32, 16384], was 100",
        "serve --queue 0|--queue must be at least 1, was 0",
        "serve --key a --key-file b|give --key or --key-file, not both",
        "chat --temperature warm|'warm' is not a float",
        "chat --temperature 1000|temperature must be in",
        "chat a -m b|two models are named, b and a",
        "chat --demo -m b|--demo selects the demonstration model",
        "chat --max-new-tokens 0|--max-new-tokens must be in [1, 16384], was 0",
        "pulll x|Did you mean",
        "list --models /etc/passwd|--models must be a folder, which may not exist yet; /etc/passwd is a file",
        "ps --server nowhere|the server's address must be one such as http://127.0.0.1:8080",
      })
  void usageErrors_exitWith2_andNameTheProblem(String line, String words) {
    assertThat(runAsIs(line.split(" ", -1))).isEqualTo(2);

    assertThat(errors.toString()).contains(words, "--help.").doesNotContain("Exception");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "user/repo|rkllm pull user/repo",
        "user/repo/file.rkllm|rkllm pull user/repo/file.rkllm",
        "https://huggingface.co/user/repo/blob/main/file.rkllm|rkllm pull"
            + " https://huggingface.co/user",
        "/no/such/file.rkllm|there is no file /no/such/file.rkllm",
      })
  void run_withAMissingModel_suggestsPull(String model, String words) {
    assertThat(runAsIs("run", "-m", model, "hi")).isEqualTo(1);

    assertThat(errors.toString()).contains(words).doesNotContain("Exception");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.gguf|GGUF|is a GGUF file, for llama.cpp",
        "model.bin|<html>|seems to be a web page",
        "model.rkllm|<html>|seems to be a web page",
      })
  void run_withAFileOfAnotherFormat_namesTheFormat(String name, String content, String words)
      throws IOException {
    Path file = Files.writeString(folder.resolve(name), content);

    for (String[] line : new String[][] {{"run", "hi", "-m"}, {"show"}}) {
      List<String> arguments = new ArrayList<>(List.of(line));
      arguments.add(file.toString());
      assertThat(runAsIs(arguments.toArray(String[]::new))).isEqualTo(1);

      assertThat(errors.toString()).contains(file + " ", words);
      errors.getBuffer().setLength(0);
    }
  }

  /** The working folder of this test is that of its module. */
  @Test
  void show_aFileThatHappensToHaveTheNameOfAModel_doesNotHideTheModel() {
    assertThat(Path.of("pom.xml")).isRegularFile();
    SimulatedServer.write(folder, "pom.xml", "", "when: *\nsay: x");

    assertThat(run("show", "pom.xml")).as(errors.toString()).isZero();

    assertThat(out.toString()).contains("name      pom.xml");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rkllm show ~|one two",
        "rkllm run -m t|two",
        "rkllm create x --from on|one",
        "rkllm stop ~|one two",
      })
  void completion_knowsTheModels(String line, String words) throws Exception {
    assertThat(runAsIs("completion")).isZero();
    Path script = Files.writeString(folder.resolve(".complete.sh"), out.toString());
    List<String> command =
        new ArrayList<>(
            List.of(
                "bash",
                "-c",
                "source "
                    + script
                    + "; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_LINE=\"$*\";"
                    + " COMP_POINT=${#COMP_LINE};"
                    + " _complete_rkllm_models rkllm \"${COMP_WORDS[COMP_CWORD]}\""
                    + " \"${COMP_WORDS[COMP_CWORD - 1]}\"; echo \"${COMPREPLY[@]}\"",
                "bash"));
    command.addAll(List.of(line.replace("~", "").split(" ", -1)));
    ProcessBuilder bash = new ProcessBuilder(command);
    bash.environment().put("RKLLM_MODELS", folder.toString());

    String completed =
        new String(bash.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(completed.strip().split("\\s+")).contains(words.split(" "));
  }

  @Test
  void pull_invalidReference_exitsWith1() {
    assertThat(run("pull", "qwen3")).isEqualTo(1);
    assertThat(errors.toString()).contains("user/repository/file.rkllm");
  }

  @Test
  void ps_showsLoadedModels() throws IOException {
    try (Stub server =
        new Stub(
            200,
            """
            {"models":[{"name":"one","size":1200000000,"context_length":4096,
            "expires_at":"2318-01-01T00:00:00Z"}]}
            """)) {
      assertThat(runAsIs("ps", "--server", server.address())).isZero();

      assertThat(out.toString().lines().toList().get(1)).matches("one +1\\.2 GB +4096 +never");
      assertThat(server.requests).containsExactly("GET /api/ps ");
    }
  }

  @Test
  void ps_maliciousServer_cannotForgeRows() throws IOException {
    try (Stub server =
        new Stub(200, "{\"models\":[{\"name\":\"a\\nb\\u001b[2J\\u009b\",\"size\":1}]}")) {
      assertThat(runAsIs("ps", "--server", server.address())).isZero();

      assertThat(out.toString().lines()).hasSize(2);
      assertThat(out.toString()).doesNotContainPattern("[\\p{Cc}&&[^\\n]]");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop\tone", "ps"})
  void refusalsOfAServer_moveNoCursor(String command) throws IOException {
    try (Stub server = new Stub(400, "{\"error\":\"\\u001b[2J\\u009bno\"}")) {
      runAsIs((command + "\t--server\t" + server.address()).split("\t"));

      assertThat(errors.toString()).contains("no").doesNotContainPattern("[\\p{Cc}&&[^\\n]]");
    }
  }

  @Test
  void stop_asksForNoKeepAlive() throws IOException {
    try (Stub server = new Stub(200, "{\"done\":true}")) {
      assertThat(runAsIs("stop", "one", "--server", server.address() + "/")).isZero();

      assertThat(server.requests)
          .containsExactly(
              "POST /api/generate {\"model\":\"one\",\"keep_alive\":0,\"stream\":false}");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "404|{\"error\":\"there is no model\"}|there is no model",
        "401|{\"error\":{\"message\":\"who are you\"}}|who are you; set RKLLM_KEY",
        "500|{}|the server answers 500",
        "200|<html>|is not an rkllm server",
      })
  void errorsOfAServer_areShownVerbatim(int status, String body, String words) throws IOException {
    try (Stub server = new Stub(status, body)) {
      assertThat(runAsIs("stop", "one", "--server", server.address())).isEqualTo(1);
      assertThat(errors.toString()).contains(words);
    }
  }

  @Test
  void unreachableServer_failsWithAMessage() throws IOException {
    String address;
    try (Stub server = new Stub(200, "")) {
      address = server.address();
    }

    assertThat(runAsIs("ps", "--server", address)).isEqualTo(1);
    assertThat(errors.toString()).contains("no server answers at " + address, "rkllm serve");
  }

  @ParameterizedTest
  @CsvSource({"500ms,500", "30,30000", "30s,30000", "5m,300000", "2h,7200000", "-1,-1000"})
  void times_areRead(String text, long millis) {
    assertThat(new DurationConverter().convert(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({"65536,65536", "512k,524288", "4M,4194304", "4mb,4194304"})
  void sizes_areRead(String text, int bytes) {
    assertThat(new SizeConverter().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "4G", "3000M", "x"})
  void sizes_invalid_areRejected(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> new SizeConverter().convert(text));
  }

  @ParameterizedTest
  @CsvSource({
    "0,0 bytes",
    "1,1 byte",
    "999,999 bytes",
    "1000,1.0 kB",
    "999949,999.9 kB",
    "999999,1.0 MB",
    "3400000000,3.4 GB"
  })
  void sizes_areReadable(long bytes, String words) {
    assertThat(FileSize.format(bytes)).isEqualTo(words);
  }

  @Test
  void progress_isABar() {
    PullProgress first = new PullProgress("m.rkllm", 0, 4_000_000_000L);

    assertThat(PullProgressBar.bar(first, first, Duration.ZERO))
        .isEqualTo("m.rkllm [>                       ] 0% of 4.0 GB");
    assertThat(
            PullProgressBar.bar(
                new PullProgress("m.rkllm", 1_000_000_000L, 4_000_000_000L),
                first,
                Duration.ofSeconds(100)))
        .isEqualTo("m.rkllm [======>                 ] 25% of 4.0 GB, 10.0 MB/s, 5 min left");
    assertThat(
            PullProgressBar.bar(
                new PullProgress("m.rkllm", 4_000_000_000L, 4_000_000_000L),
                first,
                Duration.ofSeconds(400)))
        .isEqualTo("m.rkllm [========================] 100% of 4.0 GB, 10.0 MB/s, 0 s left");
  }

  /** A server that answers everything alike. */
  private static final class Stub implements AutoCloseable {
    private final HttpServer server;
    private final List<String> requests = new ArrayList<>();

    Stub(int status, String body) throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            String sent =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + sent);
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
          });
      server.start();
    }

    String address() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
