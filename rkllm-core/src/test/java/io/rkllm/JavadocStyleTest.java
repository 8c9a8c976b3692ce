package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that Javadoc comments begin with a verb or a noun, as in the JDK ("Returns whether …"),
 * and not with a question word ("Whether …").
 */
class JavadocStyleTest {
  private static final Pattern QUESTION_WORD =
      Pattern.compile("/\\*\\*[\\s*]+(Who|Whoever|What|Whatever|Whether|How)\\b[^\\n]*");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rkllm-core",
        "rkllm-ffm",
        "rkllm-test",
        "native",
        "rkllm-tools",
        "rkllm-host",
        "rkllm-observability",
        "rkllm-langchain4j",
        "rkllm-spring-boot-starter",
        "rkllm-examples"
      })
  void javadoc_ofAModule_beginsWithAVerbOrANoun(String module) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", module))) {
      assertThat(files.filter(file -> file.toString().endsWith(".java")))
          .isNotEmpty()
          .allSatisfy(file -> assertThat(questionWords(file)).isEmpty());
    }
  }

  private static List<String> questionWords(Path file) throws IOException {
    return QUESTION_WORD.matcher(Files.readString(file)).results().map(MatchResult::group).toList();
  }
}
