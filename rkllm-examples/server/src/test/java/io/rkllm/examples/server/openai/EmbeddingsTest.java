package io.rkllm.examples.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.Scripts;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Vectors of texts. */
@Timeout(60)
class EmbeddingsTest {
  private static final String PATH = "/v1/embeddings";
  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server = SimulatedServer.start(folder).with("talker", Scripts.TALKER);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> post(String fields) {
    return server.post(PATH, "{\"model\":\"talker\"," + fields + "}");
  }

  private static double[] vector(JsonNode json, int index) {
    return json.at("/data/" + index + "/embedding")
        .valueStream()
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }

  private static double product(double[] left, double[] right) {
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += left[i] * right[i];
    }
    return sum;
  }

  @Test
  void embed_modelWithAChatFormat_textIsEmbeddedWithoutTheFormat() {
    JsonNode json = Replies.json(post("\"input\":\"hello\""));

    assertThat(json.at("/usage/prompt_tokens").asInt()).isEqualTo(1); // a word that is one token
  }

  @Test
  void embed_texts_vectorsHaveUnitLength_andSharedWordsAreSimilar() {
    JsonNode json =
        Replies.json(
            post("\"input\":[\"weather tomorrow\",\"tomorrow weather\",\"purple onion\"]"));

    double[] first = vector(json, 0);
    assertThat(first).hasSize(64);
    assertThat(product(first, first)).isCloseTo(1, within(1e-4));
    assertThat(product(first, vector(json, 1))).isGreaterThan(product(first, vector(json, 2)));
    assertThat(json.at("/data/2/index").asInt()).isEqualTo(2);
    assertThat(json.at("/object").asString()).isEqualTo("list");
  }

  @Test
  void embed_sameTextAgain_samePromptTokensThoughTheRuntimeReusesThem() {
    int first = Replies.json(post("\"input\":\"zebra\"")).at("/usage/prompt_tokens").asInt();

    assertThat(Replies.json(post("\"input\":\"zebra\"")).at("/usage/prompt_tokens").asInt())
        .isEqualTo(first)
        .isPositive();
  }

  @Test
  void embed_base64_sameNumbersLittleEndian() {
    double[] plain = vector(Replies.json(post("\"input\":\"zebra\"")), 0);
    String text =
        Replies.json(post("\"input\":\"zebra\",\"encoding_format\":\"base64\""))
            .at("/data/0/embedding")
            .asString();

    FloatBuffer floats =
        ByteBuffer.wrap(Base64.getDecoder().decode(text))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    assertThat(floats.remaining()).isEqualTo(plain.length);
    for (double number : plain) {
      assertThat((double) floats.get()).isCloseTo(number, within(1e-6));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "input":"x","dimensions":8 | dimensions
          "input":"x","encoding_format":"hex" | encoding_format
          "input":[] | input
          "input":"" | input
          "input":["x",1] | input
          "input":[72,101] | input
          "input":[[2147483647]] | input
          "input":{} | input
          "user":"me" | input
          """)
  void embed_invalidParameter_isRejectedByName(String fields, String name) {
    HttpResponse<String> response = post(fields);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).at("/error/param").asString()).isEqualTo(name);
  }

  @Test
  void embed_textBeyondContext_400() {
    HttpResponse<String> response = post("\"input\":\"" + "zq ".repeat(4_000) + "\"");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).at("/error/code").asString())
        .isEqualTo("context_length_exceeded");
  }

  @Test
  void embed_unknownModel_404() {
    assertThat(server.post(PATH, "{\"model\":\"nobody\",\"input\":\"x\"}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void embed_clientDisconnectsWhileWaiting_isDropped() {
    String slow =
        "{\"model\":\"talker\",\"stream\":true,\"messages\":"
            + "[{\"role\":\"user\",\"content\":\"count to 1000\"}]}";
    Replies.whileStreaming(
        server,
        "/v1/chat/completions",
        slow,
        () -> {
          HttpRequest request =
              HttpRequest.newBuilder(server.uri(PATH))
                  .POST(BodyPublishers.ofString("{\"model\":\"talker\",\"input\":\"x\"}"))
                  .build();
          try (HttpClient client = HttpClient.newHttpClient()) {
            var waiting = client.sendAsync(request, BodyHandlers.discarding());
            await().until(() -> server.server().activeRequests() == 2);
            waiting.cancel(true);
            client.shutdownNow();
          }

          await().atMost(Duration.ofSeconds(5)).until(() -> server.server().activeRequests() == 1);
        });
  }
}
