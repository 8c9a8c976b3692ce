package io.rkllm.examples.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs each program for a way of reading in a JVM of its own, as its reader would, and looks at
 * what it prints.
 */
final class ProgramsTest {
  private static final String WHAT_I_AM = "I am a demonstration model inside a simulator.";
  private static final String STORY_BEGINS = "Once there was a small board with a large ambition.";
  private static final String STORY_ENDS = "nobody had dropped a single one.";

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void writeFastModel() throws IOException {
    model = DemonstrationModel.fast(folder);
  }

  @Test
  void blockForText_withoutArguments_usesTheSimulator() throws Exception {
    assertThat(outputOf(BlockForText.class)).contains("rkllm-runtime version: ", WHAT_I_AM);
  }

  @Test
  void blockForText_printsTheAnswer() throws Exception {
    assertThat(answerOf(BlockForText.class)).contains(WHAT_I_AM);
  }

  @Test
  void iterateTokens_printsTheWholeStory() throws Exception {
    assertThat(answerOf(IterateTokens.class)).containsSubsequence(STORY_BEGINS, STORY_ENDS);
  }

  @Test
  void subscribeToTokens_printsTheWholeStory() throws Exception {
    assertThat(answerOf(SubscribeToTokens.class)).containsSubsequence(STORY_BEGINS, STORY_ENDS);
  }

  @Test
  void awaitResult_printsAnswerAndFigures() throws Exception {
    assertThat(answerOf(AwaitResult.class))
        .containsSubsequence("Asked;", WHAT_I_AM)
        .containsPattern(
            "STOP after \\d+ tokens: the first came after \\d+ ms, then [\\d.]+ a second");
  }

  @Test
  void cancelEarly_printsOneSentenceAndTheNextAnswer() throws Exception {
    assertThat(answerOf(CancelEarly.class))
        .containsSubsequence(STORY_BEGINS, WHAT_I_AM)
        .doesNotContain(STORY_ENDS);
  }

  @Test
  void converse_remembersUntilCleared() throws Exception {
    assertThat(answerOf(Converse.class))
        .containsSubsequence(
            "Nice to meet you, Ada.", "Your name is Ada.", "I do not know your name.");
  }

  @Test
  void converseWithChatFormat_keepsConversationsApart() throws Exception {
    assertThat(answerOf(ConverseWithChatFormat.class))
        .containsSubsequence(
            "to Ada: Your name is Ada.",
            "to Bob: Your name is Bob.",
            "to no one: I do not know your name.");
  }

  @Test
  void assistWithTools_showsCallsResultsAndAnswers() throws Exception {
    int a = ThreadLocalRandom.current().nextInt(10_000);
    int b = ThreadLocalRandom.current().nextInt(10_000);
    Files.writeString(
        input(), "How warm is it in Oslo and in Rome?\n\nMultiply " + a + " by " + b + "\n");

    assertThat(outputOf(AssistWithTools.class))
        .containsSubsequence(
            "calls temperature {\"city\": \"Oslo\"",
            "calls temperature {\"city\": \"Rome\"",
            "temperature gave {",
            "It is 10.0 degrees in Oslo.",
            "calls multiply {\"a\": " + a + ", \"b\": " + b + "}",
            "That makes " + (long) a * b + ".");
  }

  /** Compiles and runs the script as JBang does, without downloading its dependencies. */
  @Test
  void jbangScript_printsTheAnswer() throws Exception {
    Path script = Path.of("..", "jbang", "Ask.java");
    String library = "-Drkllm.library.path=" + Simulator.library(Release.V1_3_1);

    assertThat(outputOf(List.of(library, script.toString()), model.toString(), "Tell me a story"))
        .contains(STORY_BEGINS, STORY_ENDS);
  }

  @Test
  void jbangScript_namesTheVersionOfTheBuild() throws IOException {
    String version =
        Pattern.compile("(?s).*<parent>.*?<version>([^<]+)</version>.*")
            .matcher(Files.readString(Path.of("pom.xml")))
            .replaceFirst("$1");

    assertThat(Files.readAllLines(Path.of("..", "jbang", "Ask.java")))
        .contains("//DEPS io.rkllm:rkllm-ffm:" + version);
  }

  private Path input() {
    return folder.resolve("input");
  }

  private String answerOf(Class<?> program) throws Exception {
    return outputOf(program, model.toString(), Simulator.library(Release.V1_3_1).toString());
  }

  /** Returns the output of a program that must succeed and print nothing to standard error. */
  private String outputOf(Class<?> program, String... arguments) throws Exception {
    return outputOf(List.of(program.getName()), arguments);
  }

  private String outputOf(List<String> program, String... arguments) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(program);
    command.addAll(List.of(arguments));
    if (Files.notExists(input())) {
      Files.createFile(input());
    }
    File output = folder.resolve("output").toFile();
    File errors = folder.resolve("errors").toFile();
    Process process =
        new ProcessBuilder(command)
            .redirectInput(input().toFile())
            .redirectOutput(output)
            .redirectError(errors)
            .start();
    try {
      assertThat(process.waitFor(Duration.ofSeconds(60))).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(errors).content().isEmpty();
    assertThat(process.exitValue()).isZero();
    return Files.readString(output.toPath());
  }
}
