package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolReturned.Outcome;
import io.rkllm.tools.format.ChatFormats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The function-calling examples of the runtime's documentation, from the question to the answer, on
 * both simulated releases and by both ways of telling a model of tools. Places, dates and
 * temperatures are random, so a link that is cut cannot go unnoticed.
 */
@Timeout(60)
class TemperatureEndToEndTest {
  private static final String[] SCRIPT = {
    "when: *{town:capital}, {country:capital} now and on {date}",
    "needs: tools",
    "tool: get_current_temperature {\"location\": \"{town}, {country}\", \"unit\": \"celsius\"}",
    "tool: get_temperature_date {\"location\": \"{town}, {country}\", \"date\": \"{date}\"}",
    "",
    "when: *temperature in {town:capital}, {country:capital} in {unit:word}*",
    "needs: tools",
    "say: Let me see.",
    "tool: get_current_temperature {\"location\": \"{town}, {country}\", \"unit\": \"{unit}\"}",
    "",
    "when: *the wrong unit for {town:capital}, {country:capital}*",
    "needs: tools",
    "tool: get_current_temperature {\"location\": \"{town}, {country}\", \"unit\": \"kelvin\"}",
    "",
    "when: *nonsense for {town:capital}, {country:capital}*",
    "needs: tools",
    "say: <tool_call>{\"name\": \"get_current_temperature\", \"arguments\": [[}</tool_call>",
    "",
    "when: *could not be read*",
    "tool: get_current_temperature {\"location\": \"{town}, {country}\"}",
    "",
    "when: *could not be read*",
    "when: *unit must be*",
    "when: *error*",
    "role: tool",
    "tool: get_current_temperature {\"location\": \"{town}, {country}\"}",
    "",
    "when: *",
    "role: tool",
    "say: Now {tool.temperature}, then {tool.2.temperature} in {town}.",
    "else: It is {tool.temperature} {tool.unit} in {tool.location}.",
    "",
    "when: *",
    "say: No tools, no weather.",
  };

  @TempDir private static Path folder;

  private final Random random = new Random();
  private final String town = name();
  private final String country = name();
  private final String location = town + ", " + country;
  private final String date =
      "2%03d-%02d-%02d".formatted(number(1000), 1 + number(12), 1 + number(28));
  private final double now = number(10_000) / 100.0;
  private final double then = number(10_000) / 100.0;
  private final List<String> calls = new CopyOnWriteArrayList<>();

  /** The tools of the documentation. */
  public final class Weather {
    private final CountDownLatch dateAsked = new CountDownLatch(1);

    /** The first tool; it returns after the other one if that is called as well. */
    @Tool(name = "get_current_temperature", description = "Get current temperature at a location.")
    public Current current(
        @Param(name = "location", description = "The location, in the format \"City, Country\"")
            String location,
        @Param(name = "unit", required = false) Unit unit)
        throws InterruptedException {
      calls.add("now " + location + " " + unit);
      if (together) {
        dateAsked.await();
      }
      return new Current(now, location, unit == null ? Unit.celsius : unit);
    }

    /** The second tool. */
    @Tool(name = "get_temperature_date", description = "Get temperature at a location and date.")
    public Dated onDate(
        @Param(name = "location") String location, @Param(name = "date") String date) {
      calls.add(date + " " + location);
      dateAsked.countDown();
      return new Dated(then, location, date);
    }
  }

  enum Unit {
    celsius,
    fahrenheit
  }

  record Current(double temperature, String location, Unit unit) {}

  record Dated(double temperature, String location, String date) {}

  private boolean together;

  static Stream<Arguments> waysAndReleases() {
    return Stream.of(Release.values())
        .flatMap(release -> Stream.of(Arguments.of(release, false), Arguments.of(release, true)));
  }

  @ParameterizedTest(name = "{0}, chat format: {1}")
  @MethodSource("waysAndReleases")
  void currentTemperature_isAskedOfTheToolAndSaid(Release release, boolean chatFormat)
      throws IOException {
    Unit unit = Unit.values()[number(2)];
    ToolGenerationResult result =
        ask(release, chatFormat, "What is the temperature in " + location + " in " + unit + "?");

    assertThat(calls).containsExactly("now " + location + " " + unit);
    assertThat(result.text()).isEqualTo("It is " + now + " " + unit + " in " + location + ".");
    assertThat(result.finishReason()).isEqualTo(ToolFinishReason.ANSWERED);
  }

  @ParameterizedTest(name = "{0}, chat format: {1}")
  @MethodSource("waysAndReleases")
  void bothTemperatures_returningInReverse_areReportedInOrder(Release release, boolean chatFormat)
      throws IOException {
    together = true;
    ToolGenerationResult result =
        ask(
            release,
            chatFormat,
            "What is the temperature in " + location + " now and on " + date + "?");

    assertThat(calls)
        .containsExactlyInAnyOrder("now " + location + " celsius", date + " " + location);
    assertThat(result.text()).isEqualTo("Now " + now + ", then " + then + " in " + town + ".");
    assertThat(result.returned())
        .extracting(returned -> returned.call().name())
        .containsExactly("get_current_temperature", "get_temperature_date");
  }

  @ParameterizedTest(name = "{0}, chat format: {1}")
  @MethodSource("waysAndReleases")
  void wrongArguments_areMendedOnTheSecondTry(Release release, boolean chatFormat)
      throws IOException {
    ToolGenerationResult result =
        ask(release, chatFormat, "Take the wrong unit for " + location + ".");

    assertThat(result.returned())
        .extracting(ToolReturned::outcome)
        .containsExactly(Outcome.INVALID_ARGUMENTS, Outcome.SUCCEEDED);
    assertThat(calls).containsExactly("now " + location + " null");
    assertThat(result.text()).isEqualTo("It is " + now + " celsius in " + location + ".");
  }

  @ParameterizedTest(name = "{0}, chat format: {1}")
  @MethodSource("waysAndReleases")
  void malformedCall_isRepairedOnTheSecondTry(Release release, boolean chatFormat)
      throws IOException {
    ToolGenerationResult result = ask(release, chatFormat, "Write nonsense for " + location + ".");

    assertThat(result.runs()).hasSize(3);
    assertThat(calls).containsExactly("now " + location + " null");
    assertThat(result.text()).isEqualTo("It is " + now + " celsius in " + location + ".");
  }

  @ParameterizedTest
  @EnumSource
  void runtimeWithoutATemplateForTools_saysWhatElseThereIs(Release release) throws IOException {
    Path file = model("template: none");
    try (RkllmModel model = builder(release, file).load()) {
      assertThatThrownBy(() -> ToolSession.builder(model, ToolSet.of(new Weather())).open())
          .isInstanceOf(RkllmException.class)
          .hasMessageContaining("ChatFormats");
    }
  }

  private ToolGenerationResult ask(Release release, boolean chatFormat, String question)
      throws IOException {
    Path file = model(SCRIPT);
    RkllmModel.Builder builder = builder(release, file);
    if (chatFormat) {
      builder.chatFormat(ChatFormats.qwen3());
    }
    try (RkllmModel model = builder.load();
        ToolSession session = ToolSession.builder(model, ToolSet.of(new Weather())).open()) {
      return session.generate(question).await();
    } finally {
      assertThat(Files.readString(ledger(file))).contains("live_handles=0 ", "misuse=0 ");
    }
  }

  private static RkllmModel.Builder builder(Release release, Path file) {
    return RkllmModel.builder(file).library(Simulator.library(release)).contextLength(4096);
  }

  private static Path model(String... lines) throws IOException {
    Path file = Files.createTempFile(folder, "model", ".rkllm");
    Files.writeString(
        file,
        "RKLLM-SIMULATOR-MODEL 1\ncut: bytes 3\nledger: "
            + ledger(file)
            + "\n"
            + String.join("\n", lines)
            + "\n");
    return file;
  }

  private static Path ledger(Path file) {
    return file.resolveSibling(file.getFileName() + ".ledger");
  }

  private int number(int bound) {
    return random.nextInt(bound);
  }

  private String name() {
    StringBuilder name = new StringBuilder().append((char) ('A' + number(26)));
    for (int i = 0; i < 6; i++) {
      name.append((char) ('a' + number(26)));
    }
    return name.toString();
  }
}
