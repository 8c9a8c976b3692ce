package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers without end, read in a JVM whose memory would not hold them. */
class ParserMemoryTest {
  @TempDir Path folder;

  @Test
  void push_endlessAnswers_takesNoMoreThanTheLimit() throws Exception {
    File output = folder.resolve("output").toFile();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx24m",
                "-cp",
                System.getProperty("java.class.path"),
                EndlessAnswers.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output)
            .start();
    try {
      assertThat(process.waitFor(Duration.ofMinutes(2))).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(output).content().isEmpty();
    assertThat(process.exitValue()).isZero();
  }

  /** Reads them. */
  static final class EndlessAnswers {
    private static final int PIECES = 1_000_000;

    /** The beginnings of answers, and the parts that are repeated after them. */
    private static final Map<String, String> ANSWERS =
        Map.ofEntries(
            Map.entry("Words ", "without an end, "),
            Map.entry("<think>", "on and on and on "),
            Map.entry("<tool_call>", "                 "),
            Map.entry(
                "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"", "a string, a string"),
            Map.entry("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1, ", "               "),
            Map.entry("<tool_call>{\"", "a very long key "),
            Map.entry("<tool_call>{\"name\": \"f\", \"arguments\": {}} ", "               "),
            Map.entry("<tool_call>{\"name\": \"f\", \"arguments\": {]", "broken "),
            Map.entry("{\"parameters\": {\"a\": \"", "before the name "),
            Map.entry("{\"name\": \"nobody\", \"parameters\": {\"a\": ", "1111111111111111"),
            Map.entry("<tool_call><function=f><parameter=a>", "a value, a value "),
            Map.entry("<tool_call>f<arg_key>", "a very long key "),
            Map.entry("<|tool_call>call:f{a:<|\"|>", "a string, a string"),
            Map.entry("<|tool_call>call:f{a:", "without any quotes "),
            Map.entry("[f(a='", "a string of Python "),
            Map.entry(
                "<think><tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "on and on "),
            Map.entry("<tool_call>{\"name\": \"f\", \"a\": \"", "beside the name "),
            Map.entry("</think>", "<|im_end|><|eot_id|>"),
            Map.entry("<think>x</think> ", "                "));

    public static void main(String[] args) {
      ParserOptions options = ParserOptions.builder().tools(Set.of("f")).build();
      ANSWERS.forEach(
          (beginning, again) -> {
            int[] raw = {0};
            ChatParser parser = new ChatParser(options, event -> raw[0] += event.raw().length());
            parser.push(beginning);
            for (int i = 0; i < PIECES; i++) {
              parser.push(again);
            }
            parser.finish();
            int expected = beginning.length() + PIECES * again.length();
            if (raw[0] != expected) {
              System.out.println(beginning + ": " + raw[0] + " of " + expected + " characters");
            }
          });
    }
  }
}
