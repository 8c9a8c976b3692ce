package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.GenerationOptions;
import io.rkllm.GenerationStats;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.Sampling;
import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.chat.ChatAnswer;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.input.RawPrompt;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.format.ChatFormats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LoRA adapters and prompt caches, for all models by option and for one by its Modelfile. */
@Timeout(60)
class AdaptersTest {
  private static final LoadOptions SIMULATED = simulated().build();

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    SimulatedServer.write(
        folder,
        "m",
        "",
        "when: who\nneeds: lora formal\nsay: A gentleman, sir.\nwhen: who\nsay: Me.");
    model = folder.resolve("m");
    Files.writeString(model.resolve("formal.lora"), "RKLLM-SIMULATOR-LORA 1\nfor: m\nseed: 1\n");
  }

  private static LoadOptions.Builder simulated() {
    return LoadOptions.builder().library(Simulator.library(Release.V1_3_1));
  }

  private StoredModel stored(List<String> loras, String promptCache) throws IOException {
    Path file = model.resolve("model.rkllm");
    Modelfile modelfile =
        new Modelfile(
            "model.rkllm",
            null,
            null,
            "qwen3",
            null,
            null,
            null,
            null,
            Sampling.defaults(),
            null,
            loras,
            promptCache);
    return new StoredModel(
        "m", model, file, modelfile, Files.size(file), Files.getLastModifiedTime(file).toInstant());
  }

  private String answer(StoredModel stored, LoadOptions options) {
    ModelStore store = new ModelStore(folder.resolve("none"), List.of(stored));
    try (ModelPool pool = new ModelPool(store, new ModelLoader(options))) {
      Engine engine = new Engine(pool, Duration.ofSeconds(30));
      CollectedAnswer collected = new CollectedAnswer();
      try (ChatAnswer answer =
          engine.answer(
              new ChatRequest(
                  "m",
                  List.of(new ChatMessage.User("who")),
                  List.of(),
                  null,
                  null,
                  Settings.NONE))) {
        while (!collected.isComplete()) {
          ChatEvent event = answer.next(Duration.ofSeconds(30));
          assertThat(event).isNotNull();
          collected.add(event);
        }
      }
      return collected.text();
    }
  }

  @Test
  void lora_ofTheModelfile_answers() throws IOException {
    assertThat(answer(stored(List.of(), null), SIMULATED)).isEqualTo("Me.");
    assertThat(answer(stored(List.of("formal.lora"), null), SIMULATED))
        .isEqualTo("A gentleman, sir.");
  }

  @Test
  void lora_ofTheOptions_answers() throws IOException {
    LoadOptions options = simulated().loras(List.of(model.resolve("formal.lora"))).build();

    assertThat(answer(stored(List.of(), null), options)).isEqualTo("A gentleman, sir.");
  }

  @Test
  void lora_thatIsNotThere_modelIsNotLoaded() throws IOException {
    StoredModel stored = stored(List.of("missing.lora"), null);

    assertThatThrownBy(() -> new ModelLoader(SIMULATED).load(stored).close())
        .hasMessageContaining("missing.lora");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void promptCache_ofModelfileOrOptions_sparesThePrefill(boolean byModelfile) throws IOException {
    Path cache = model.resolve("long.cache");
    RawPrompt prompt = RawPrompt.of("<|im_start|>user\n" + "a long beginning ".repeat(30));
    try (RkllmModel writer =
        RkllmModel.builder(model.resolve("model.rkllm"))
            .library(Simulator.library(Release.V1_3_1))
            .contextLength(4096)
            .chatFormat(ChatFormats.qwen3())
            .load()) {
      writer.generate(prompt, GenerationOptions.builder().savePromptCache(cache).build()).text();
    }
    LoadOptions options = simulated().promptCache(byModelfile ? null : cache).build();

    try (ServedModel served =
        new ModelLoader(options).load(stored(List.of(), byModelfile ? "long.cache" : null))) {
      GenerationStats stats = served.model().generate(prompt).await().stats();

      assertThat(stats.prefillTokens().orElseThrow())
          .isLessThan(stats.promptTokens().orElseThrow() / 10);
    }
  }

  @Test
  void promptCache_invalidFile_modelIsNotLoaded() throws IOException {
    Files.writeString(model.resolve("broken.cache"), "nothing");
    StoredModel stored = stored(List.of(), "broken.cache");

    assertThatThrownBy(() -> new ModelLoader(SIMULATED).load(stored).close())
        .isInstanceOf(RkllmException.class);
  }
}
