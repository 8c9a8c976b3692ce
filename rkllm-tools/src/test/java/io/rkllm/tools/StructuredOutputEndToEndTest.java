package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A model that first gives a number as a string and, told of it, gives it right: from what the user
 * said in the first place.
 */
@Timeout(60)
class StructuredOutputEndToEndTest {
  private static final String MODEL =
      """
      RKLLM-SIMULATOR-MODEL 1
      name: forecaster

      when: *It is {t:int} degrees in {city:word} today*"temperature" must be a whole number*
      when: That does not fit*"temperature" must be a whole number, was "{wrong:int}"*
      say: Here you are:
      say: ```json
      say: \\{"city": "{city}", "temperature": {t}\\}
      say: ```

      when: *It is {t:int} degrees in {city:word} today*"temperature":\\{"type":"integer"\\}*
      say: Sure! \\{"city": "{city}", "temperature": "{t}"\\}
      """;

  record Weather(String city, int temperature) {}

  @TempDir Path folder;

  private final String city = "City" + ThreadLocalRandom.current().nextInt(1_000_000);
  private final int temperature = ThreadLocalRandom.current().nextInt(1_000_000);

  @ParameterizedTest
  @EnumSource(Release.class)
  void generate_chatFormat_isRepairedInAConversation(Release release) throws Exception {
    try (RkllmModel model = builder(release).chatFormat(ChatFormat.chatMl()).load()) {
      assertThat(weather(model)).isEqualTo(new Weather(city, temperature));
    }
  }

  @ParameterizedTest
  @EnumSource(Release.class)
  void generate_runtimesTemplate_isRepairedInOnePrompt(Release release) throws Exception {
    try (RkllmModel model = builder(release).load()) {
      assertThat(weather(model)).isEqualTo(new Weather(city, temperature));
    }
  }

  private Weather weather(RkllmModel model) {
    return StructuredOutput.of(model)
        .generate("It is " + temperature + " degrees in " + city + " today.", Weather.class);
  }

  private RkllmModel.Builder builder(Release release) throws Exception {
    Path file = Files.writeString(folder.resolve("model.rkllm"), MODEL);
    return RkllmModel.builder(file).library(Simulator.library(release)).contextLength(4096);
  }
}
