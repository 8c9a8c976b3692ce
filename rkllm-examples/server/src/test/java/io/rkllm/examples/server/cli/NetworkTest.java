package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.model.SimulatedTokenizer;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The program makes no network call that nobody asked for. The kernel's word for it: {@code strace}
 * reports each system call by which the process, its native code included, addresses another
 * machine, questions to name servers among them.
 */
@Timeout(180)
final class NetworkTest {
  private static final String CALLS = "trace=connect,sendto,sendmsg,sendmmsg,execve,io_uring_setup";

  /** A schema that would be somewhere else, if anybody looked. */
  private static final String ELSEWHERE = "http://schemas.rkllm.example/elsewhere.json";

  @TempDir Path folder;
  private Path models;
  private Path calls;

  @BeforeEach
  void writeModels() throws IOException {
    Assumptions.assumeTrue(
        straceWorks(),
        "there is no strace that works, by which this test sees network calls: apt-get install strace");
    calls = folder.resolve("calls");
    models = folder.resolve("models");
    SimulatedTokenizer.write(models.resolve("m/tokenizer"));
    SimulatedServer.write(
        models, "m", "HUGGINGFACE_PATH=Some/Model\n", "when: *\nsay: {\"city\": \"Bremen\"}");
  }

  private static boolean straceWorks() {
    try {
      Process process =
          new ProcessBuilder("strace", "-o", "/dev/null", "true").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0; // in some containers it is there and may trace nothing
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private ProgramProcess start(String... arguments) throws IOException {
    return ProgramProcess.start(
        // D: the program is our child, not the tracer's, and gets our signals
        List.of("strace", "-D", "-f", "--seccomp-bpf", "-e", CALLS, "-o", "" + calls),
        List.of(),
        Map.of(),
        Stream.concat(
                Stream.of(arguments),
                arguments[0].equals("ps") ? Stream.of() : Stream.of("--models", models.toString()))
            .toArray(String[]::new));
  }

  private static String library() {
    return Simulator.library(Release.V1_3_1).toString();
  }

  /** The calls of a program, once it has ended and the tracer has written all of them. */
  private List<String> callsOf(ProgramProcess program) throws IOException, InterruptedException {
    program.exit();
    String leader = Files.readString(calls).split(" ", 2)[0];
    await("the end of the trace")
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                Files.readAllLines(calls).stream()
                    .anyMatch(line -> line.startsWith(leader) && line.contains("+++")));
    return Files.readAllLines(calls).stream()
        .filter(call -> call.contains("AF_INET") || call.contains("io_uring_setup"))
        .toList();
  }

  @Test
  void serve_makesNoNetworkCall() throws Exception {
    try (ProgramProcess program = start("serve", "--port", "0", "--library", library())) {
      program.awaitOutput("The chat page is at ");
      String line = program.output();
      URI server = URI.create(line.substring(line.indexOf("http")).strip());

      assertThat(get(server, "/")).isEqualTo(200);
      assertThat(get(server, "/api/tags")).isEqualTo(200);
      assertThat(post(server, "/api/show", "'model':'m'")).isEqualTo(200);
      String chat = "'model':'m','messages':[{'role':'user','content':'hi'}]";
      assertThat(post(server, "/v1/chat/completions", chat)).isEqualTo(200);
      for (String schema :
          List.of(
              "{'$schema':'%s','type':'object'}",
              "{'$id':'%s','type':'object'}",
              "{'$ref':'%s','type':'object'}",
              "{'$dynamicRef':'%s','type':'object'}",
              "{'type':'object','properties':{'a':{'$schema':'%s','$id':'%s/a','$ref':'b'}}}",
              "{'type':'object','$vocabulary':{'%s':true}}",
              "{'type':'object','$defs':{'a':{'$id':'%s'}},'properties':{'a':{'$ref':'#/$defs/a'}}}")) {
        String elsewhere = schema.replace("%s", ELSEWHERE);
        post(server, "/api/chat", chat + ",'stream':false,'format':" + elsewhere);
        post(
            server,
            "/v1/chat/completions",
            chat
                + ",'response_format':{'type':'json_schema','json_schema':{'name':'a','schema':"
                + elsewhere
                + "}}");
        post(
            server,
            "/v1/chat/completions",
            chat
                + ",'tools':[{'type':'function','function':{'name':'f','parameters':"
                + elsewhere
                + "}}]");
      }
      assertThat(
              post(
                  server,
                  "/api/create",
                  "'model':'n','stream':false,'modelfile':'FROM m\\nHUGGINGFACE_PATH=Some/Other'"))
          .isEqualTo(200);
      post(server, "/api/generate", "'model':'n','prompt':'hi'");
      program.signal("TERM");

      assertThat(callsOf(program)).isEmpty();
      assertThat(program.errors()).contains("tokens by").doesNotContain(ELSEWHERE + " ");
    }
  }

  @Test
  void run_withASchemaAndATokenizer_makesNoNetworkCall() throws Exception {
    Path schema =
        Files.writeString(
            folder.resolve("schema.json"),
            "{\"$schema\":\"%s\",\"$id\":\"%s\",\"type\":\"object\"}"
                .formatted(ELSEWHERE, ELSEWHERE));
    try (ProgramProcess program =
        start("run", "--library", library(), "-m", "m", "--schema", "" + schema, "hi").endInput()) {
      assertThat(callsOf(program)).isEmpty();
      assertThat(program.output()).contains("Bremen");
    }
  }

  @Test
  void chat_makesNoNetworkCall() throws Exception {
    try (ProgramProcess program = start("chat", "--library", library(), "-m", "m")) {
      program.say("hi", "/exit").endInput();

      assertThat(callsOf(program)).isEmpty();
      assertThat(program.output()).contains("Bremen");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"show m", "list", "create n --from m", "rm m"})
  void command_makesNoNetworkCall(String command) throws Exception {
    try (ProgramProcess program = start(command.split(" "))) {
      assertThat(callsOf(program)).isEmpty();
      assertThat(program.exit()).as("%s", program.errors()).isZero();
    }
  }

  /** The test detects a network call. */
  @Test
  void ps_usesTheGivenServer() throws Exception {
    try (ProgramProcess program = start("ps", "--server", "http://127.0.0.1:1")) {
      assertThat(callsOf(program)).isNotEmpty().allMatch(call -> call.contains("127.0.0.1"));
    }
  }

  private static int get(URI server, String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(server.resolve(path)));
  }

  private static int post(URI server, String path, String fields)
      throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(server.resolve(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{" + fields.replace('\'', '"') + "}")));
  }

  private static int send(HttpRequest.Builder request) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
      if (response.statusCode() >= 500) {
        fail("%s: %s", response.uri(), response.body());
      }
      return response.statusCode();
    }
  }
}
