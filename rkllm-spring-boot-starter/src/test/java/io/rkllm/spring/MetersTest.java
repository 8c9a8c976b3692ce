package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.rkllm.RkllmModel;
import io.rkllm.event.ModelListener;
import io.rkllm.observability.MicrometerListener;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.observation.ChatModelMeterObservationHandler;

/** The meters of Spring AI and those of the listener in one registry. */
class MetersTest {
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @Test
  void prometheusRegistry_hasTheMetersOfSpringAndOfTheListener() {
    CompletableFuture<Void> reported = new CompletableFuture<>();
    ObservationRegistry observations = ObservationRegistry.create();
    observations
        .observationConfig()
        .observationHandler(new DefaultMeterObservationHandler(meters))
        .observationHandler(new ChatModelMeterObservationHandler(meters));

    try (RkllmModel model =
        Simulated.builder()
            .listener(MicrometerListener.withoutClientMeters(meters, "assistant"))
            .listener(
                new ModelListener() {
                  @Override
                  public void onClose() {
                    reported.complete(null);
                  }
                })
            .load()) {
      RkllmChatModel chat =
          RkllmChatModel.builder(model)
              .modelName("assistant")
              .observationRegistry(observations)
              .build();
      chat.call("hello");
    }
    reported.join();

    assertThat(meters.scrape())
        .contains("gen_ai_client_operation_seconds_count{", "gen_ai_client_token_usage_total{")
        .contains("gen_ai_server_time_to_first_token_seconds_bucket{")
        .contains("gen_ai_server_time_per_output_token_seconds_count{")
        .contains("rkllm_queue_wait_seconds_count{")
        .doesNotContain("gen_ai_client_operation_duration");
  }
}
