package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;

/** Observations of answers and embeddings, with the names of Spring AI's conventions. */
class ObservationTest {
  private final BlockingQueue<Observation.Context> stopped = new LinkedBlockingQueue<>();
  private final ObservationRegistry registry = ObservationRegistry.create();
  private final RkllmChatModel chat =
      RkllmChatModel.builder(Simulated.MODEL)
          .modelName("assistant")
          .observationRegistry(registry)
          .build();
  private final RkllmEmbeddingModel embeddings =
      RkllmEmbeddingModel.builder(Simulated.MODEL)
          .modelName("assistant")
          .observationRegistry(registry)
          .build();

  ObservationTest() {
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<Observation.Context>() {
              @Override
              public void onStop(Observation.Context context) {
                stopped.add(context);
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
  }

  private Observation.Context observed() {
    try {
      return stopped.take();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String value(Observation.Context context, String key) {
    return context.getAllKeyValues().stream()
        .filter(pair -> pair.getKey().equals(key))
        .findFirst()
        .orElseThrow(() -> new AssertionError(key + " is missing in " + context))
        .getValue();
  }

  @Test
  void call_isObservedWithModelUsageAndFinishReason() {
    chat.call("hello");

    Observation.Context context = observed();
    assertThat(context.getName()).isEqualTo("gen_ai.client.operation");
    assertThat(context.getContextualName()).isEqualTo("chat assistant");
    assertThat(value(context, "gen_ai.system")).isEqualTo("rkllm");
    assertThat(value(context, "gen_ai.response.model")).isEqualTo("assistant");
    assertThat(value(context, "gen_ai.response.finish_reasons")).contains("STOP");
    assertThat(Integer.parseInt(value(context, "gen_ai.usage.output_tokens"))).isPositive();
  }

  @Test
  void stream_isObservedUntilItsEnd() {
    chat.stream(new Prompt("hello")).blockLast();

    Observation.Context context = observed();
    assertThat(value(context, "gen_ai.request.stream")).isEqualTo("true");
    assertThat(Integer.parseInt(value(context, "gen_ai.usage.output_tokens"))).isPositive();
  }

  @Test
  void stream_canceled_endsItsObservation() {
    chat.stream(new Prompt("Tell me a long story")).take(1).blockLast();

    assertThat(observed().getError()).isNull();
  }

  @Test
  void stream_thatFails_isObservedWithTheError() {
    RkllmChatOptions options = RkllmChatOptions.builder().maxTokens(-1).build();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> chat.stream(new Prompt("hello", options)).blockLast());

    assertThat(observed().getError()).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void embedding_ofTexts_hasLengthOneAndIsObserved() {
    List<float[]> vectors = embeddings.embed(List.of("hello", "good bye"));

    assertThat(vectors).hasSize(2).allMatch(vector -> Math.abs(length(vector) - 1) < 1e-5);
    assertThat(vectors.getFirst()).isNotEqualTo(vectors.getLast());
    assertThat(embeddings.embed(new Document("hello"))).isEqualTo(vectors.getFirst());
    assertThat(observed().getContextualName()).isEqualTo("embedding assistant");
  }

  private static double length(float[] vector) {
    double sum = 0;
    for (float x : vector) {
      sum += x * x;
    }
    return Math.sqrt(sum);
  }

  @Test
  void embedding_ofOtherDimensionsOrAnotherModel_isRefused() {
    int dimensions = embeddings.dimensions();
    List<String> texts = List.of("hello");

    assertThat(
            embeddings
                .call(
                    new EmbeddingRequest(
                        texts, EmbeddingOptions.builder().dimensions(dimensions).build()))
                .getResults())
        .hasSize(1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                embeddings.call(
                    new EmbeddingRequest(
                        texts, EmbeddingOptions.builder().dimensions(dimensions + 1).build())));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                embeddings.call(
                    new EmbeddingRequest(texts, EmbeddingOptions.builder().model("ada").build())));
  }
}
