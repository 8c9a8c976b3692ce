package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The properties of models in the lists of all dialects. */
final class ModelSummaryTest {
  private static final String SCRIPT = "when: *\nsay: yes";

  @TempDir Path folder;

  private StoredModel model(String name) {
    return new ModelStore(folder, List.of()).get(name);
  }

  @Test
  void of_sameFiles_isMadeOnce_andAgainWhenOneHasChanged() throws IOException {
    SimulatedServer.write(folder, "m", "TEMPLATE=t.jinja\n", SCRIPT);
    Path template = Files.writeString(folder.resolve("m/t.jinja"), "{{ messages[0].content }}");
    ModelSummary before = ModelSummary.of(model("m"));
    assertThat(before.capabilities()).containsExactly("completion");
    assertThat(ModelSummary.of(model("m"))).isSameAs(before);

    Files.writeString(template, "{{ messages[0].content }}{{ tools }}");

    assertThat(ModelSummary.of(model("m")).capabilities()).containsExactly("completion", "tools");
  }

  @Test
  void lists_haveTheQuantization() {
    try (SimulatedServer server =
        SimulatedServer.start(folder).with("Qwen3-0.6B_W8A8_g128_RK3588", SCRIPT)) {
      JsonNode listed = Replies.json(server.get("/v1/models")).at("/data/0");
      JsonNode tagged = Replies.json(server.get("/api/tags")).at("/models/0/details");

      assertThat(listed.get("quantization").asString()).isEqualTo("W8A8_G128");
      assertThat(tagged.get("quantization_level").asString()).isEqualTo("W8A8_G128");
      assertThat(listed.get("parameter_size").asString()).isEqualTo("0.6B");
      assertThat(tagged.get("parameter_size").asString()).isEqualTo("0.6B");
    }
  }
}
