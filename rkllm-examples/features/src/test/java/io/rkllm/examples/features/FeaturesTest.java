package io.rkllm.examples.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs the program of each feature on both releases, in this JVM, and looks at what it prints: on
 * 1.3 without arguments, on 1.2 with all of them.
 */
final class FeaturesTest {
  @TempDir private Path folder;

  @BeforeAll
  static void writeNumbersWithPoints() {
    Locale.setDefault(Locale.ROOT);
  }

  @ParameterizedTest
  @EnumSource
  void searchSemantically_putsTheTextThatAnswersFirst(Release release) throws Exception {
    List<String> lines = run(SearchSemantically::main, release, "embedding.rkllm");
    assertThat(lines)
        .element(lines.indexOf("When does the ferry sail?") + 1)
        .asString()
        .contains("The ferry");
    assertThat(lines)
        .element(lines.indexOf("How do I bake bread?") + 1)
        .asString()
        .contains("the bread");
  }

  @ParameterizedTest
  @EnumSource
  void answerFromDocuments_usesAndNamesTheNearest(Release release) throws Exception {
    assertThat(run(AnswerFromDocuments::main, release, "embedding.rkllm", "librarian.rkllm"))
        .containsExactly(
            "When does the ferry sail? It sails every morning at seven. [timetable]",
            "May I bring my dog on deck? Yes, on the upper deck. [tariff]");
  }

  @ParameterizedTest
  @EnumSource
  void measurePerplexity_isLowForTheModelsOwnWords(Release release) throws Exception {
    List<String> lines = run(MeasurePerplexity::main, release, "words.rkllm");
    double forwards = number("perplexity: ([\\d.]+)", lines);
    double backwards = number("perplexity backwards: ([\\d.]+)", lines);
    assertThat(lines.getFirst().strip().split(" ")).hasSize(30);
    assertThat(forwards).isGreaterThan(1).isLessThan(backwards / 10);
  }

  @ParameterizedTest
  @EnumSource
  void switchLoraAdapters_answersInEachVoiceAndWithoutOne(Release release) throws Exception {
    assertThat(
            run(
                SwitchLoraAdapters::main,
                release,
                "voices.rkllm",
                "pirate-lora.rkllm",
                "poet-lora.rkllm"))
        .containsExactly(
            "without: It is cloudy, with some wind.",
            "pirate: Arr! The sky be grey and the wind be fair, matey.",
            "poet: Grey leans the sky upon the sea, and sighs. (poet, strength 0.8)",
            "without: It is cloudy, with some wind.");
  }

  @ParameterizedTest
  @EnumSource
  void savePromptCache_savesMostOfTheTimeBeforeTheFirstToken(Release release) throws Exception {
    List<String> lines = run(SavePromptCache::main, release, "mountain-hut.rkllm");
    String figures = ": (\\d+) tokens processed, first token after (\\d+) ms: .*";
    assertThat(lines).element(0).asString().endsWith("From six to eight.");
    assertThat(lines).element(1).asString().endsWith("In the drying room, please.");
    assertThat(number("with cache" + figures, lines))
        .isLessThan(number("without cache" + figures, lines) / 4);
    assertThat(number("saved: (\\d+) ms", lines)).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void pauseAndEdit_continuesFromTheEditedText(Release release) throws Exception {
    List<String> lines = run(PauseAndEdit::main, release, "tale.rkllm");
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst()).startsWith("paused:  A wolf lived in the forest. It was always");
    assertThat(lines.getLast())
        .isEqualTo(
            "resumed: A wolf lived in the forest. But it was shy, and the girl put the cake on a"
                + " stone and went on her way. In the morning the cake was gone.");
  }

  @ParameterizedTest
  @EnumSource
  void answerInBatch_givesEachQuestionItsAnswer(Release release) throws Exception {
    assertThat(run(AnswerInBatch::main, release, "names.rkllm"))
        .startsWith(
            "Name a river. The Elbe.",
            "Name a mountain. Mount Fuji, which is a volcano too.",
            "Name a city. Lisbon.",
            "Name all four seasons. Spring, summer, autumn and winter.")
        .last()
        .asString()
        .matches("\\d+ tokens in \\d+ ms");
  }

  @ParameterizedTest
  @EnumSource
  void describeImage_describesThePicture(Release release) throws Exception {
    assertThat(run(DescribeImage::main, release, "eyes.rkllm"))
        .containsExactly("I see a cat, on a picture of 392 by 392 pixels that came as 196 tokens.");
  }

  @ParameterizedTest
  @EnumSource
  void transcribeSpeech_returnsTextOrAClearError(Release release) throws Exception {
    List<String> lines = run(TranscribeSpeech::main, release, "hearing.rkllm");
    if (release == Release.V1_3_1) {
      assertThat(lines).containsExactly("Good morning, everybody. (188 tokens)");
    } else {
      assertThat(lines)
          .singleElement()
          .asString()
          .startsWith("Audio input needs runtime release 1.3.1 or later");
    }
  }

  @ParameterizedTest
  @EnumSource
  void describeImage_fromAFile_describesIt(Release release) throws Exception {
    ByteBuffer dog = ByteBuffer.allocate(196 * 1536 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (dog.hasRemaining()) {
      dog.putFloat(0.75f);
    }
    Path file = Files.write(folder.resolve("dog.bin"), dog.array());
    assertThat(
            outputOf(
                DescribeImage::main,
                SimulatorFile.named("eyes.rkllm"),
                Simulator.library(release),
                file))
        .element(0)
        .asString()
        .startsWith("I see a dog,");
  }

  @ParameterizedTest
  @EnumSource
  void useCrossAttention_transcribesTheEncoderOutput(Release release) throws Exception {
    assertThat(run(UseCrossAttention::main, release, "ears.rkllm"))
        .containsExactly("3 tokens: good morning everybody", "4 tokens: good morning to everybody");
  }

  @ParameterizedTest
  @EnumSource
  void runTwoModels_hasOneJudgeTheOther(Release release) throws Exception {
    assertThat(run(RunTwoModels::main, release, "writer.rkllm", "critic.rkllm"))
        .containsExactly(
            "critic: One picture, and not a word too many.",
            "writer: Rain reads the roofs by touch, all night.",
            "critic: \"Rain reads the roofs by touch, all night\" I would not change a word.");
  }

  @ParameterizedTest
  @EnumSource
  void useCustomTokenizer_isCalledOrFailsWithAClearError(Release release) throws Exception {
    int bytes = "Grüße!".getBytes(StandardCharsets.UTF_8).length;
    List<String> lines = run(UseCustomTokenizer::main, release, "bytes.rkllm");
    if (release != Release.V1_2) {
      assertThat(lines)
          .containsExactly(
              "\"Grüße!\" is " + bytes + " tokens",
              "I was given " + bytes + " tokens and read: Grüße");
    } else {
      assertThat(lines)
          .singleElement()
          .asString()
          .startsWith("A tokenizer of your own needs runtime release 1.3.0 or later")
          .contains("1.2.3");
    }
  }

  @ParameterizedTest
  @EnumSource
  void stopAtSequence_endsBeforeIt(Release release) throws Exception {
    assertThat(runDemonstration(StopAtSequence::main, release)).containsExactly(" 1 2 3 4 5 6");
  }

  @ParameterizedTest
  @EnumSource
  void callTool_answersWithItsResult(Release release) throws Exception {
    assertThat(runDemonstration(CallTool::main, release))
        .satisfiesExactly(
            call ->
                assertThat(call)
                    .startsWith("the model:   <tool_call>")
                    .contains("\"get_temperature\"", "\"city\": \"Bremen\""),
            result -> assertThat(result).isEqualTo("the program: [{\"temperature\": 21}]"),
            answer -> assertThat(answer).contains("it is 21 degrees in Bremen"));
  }

  @ParameterizedTest
  @EnumSource
  void extractRecord_asksAgainAndGivesTheRecord(Release release) throws Exception {
    assertThat(run(ExtractRecord::main, release, "clerk.rkllm"))
        .containsExactly(
            "Ada Lovelace wants, by EXPRESS:", "  12 × gear wheel", "  300 × punched card");
  }

  @ParameterizedTest
  @EnumSource
  void listenToModel_hearsOfEachRunUntilTheEnd(Release release) throws Exception {
    List<String> lines = runDemonstration(ListenToModel::main, release);
    assertThat(lines)
        .anyMatch(line -> line.startsWith("loaded: fast.rkllm on release " + release.version()));
    assertThat(lines).last().isEqualTo("closed");
    double first = number("run 1: (\\d+) tokens, STOP", lines);
    double second = number("run 2: (\\d+) tokens, STOP", lines);
    assertThat(number("in all: 2 answers, (\\d+) tokens, .*", lines)).isEqualTo(first + second);
  }

  @ParameterizedTest
  @EnumSource
  void restoreConversation_keepsTheHistory(Release release) throws Exception {
    assertThat(runDemonstration(RestoreConversation::main, release))
        .containsExactly("Your name is Ada.");
  }

  // ---- Running

  private interface Program {
    void main(String[] args) throws Exception;
  }

  private List<String> run(Program program, Release release, String... files) throws Exception {
    if (release == Release.V1_3_1) {
      return outputOf(program);
    }
    List<Path> arguments = new ArrayList<>();
    for (String file : files) {
      arguments.add(SimulatorFile.named(file));
    }
    arguments.add(1, Simulator.library(release));
    return outputOf(program, arguments.toArray(Path[]::new));
  }

  private List<String> runDemonstration(Program program, Release release) throws Exception {
    return outputOf(program, DemonstrationModel.fast(folder), Simulator.library(release));
  }

  /** The lines that a program prints. Native code's do not come this way. */
  private static List<String> outputOf(Program program, Path... arguments) throws Exception {
    PrintStream before = System.out;
    var printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      program.main(Arrays.stream(arguments).map(Path::toString).toArray(String[]::new));
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  /** The number in the only line that looks like this. */
  private static double number(String pattern, List<String> lines) {
    return lines.stream()
        .map(Pattern.compile(pattern)::matcher)
        .filter(Matcher::matches)
        .map(line -> Double.parseDouble(line.group(1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + pattern + " in " + lines));
  }
}
