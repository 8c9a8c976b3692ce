package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The documentation follows the rules for English in CONTRIBUTING.md, as far as a test can tell.
 */
class EnglishTest {
  private static final Pattern BANNED =
      Pattern.compile("(?i)\\b(mend(s|ed|ing)?|misfits?|holds? up|for in words|patience)\\b");

  private static final Pattern QUESTION =
      Pattern.compile("/\\*\\*\\s+(?:\\*\\s+)?(?:Who|What|Whether|How)\\b.*");

  static List<Page> pages() {
    return Page.all().stream().filter(page -> !page.file().endsWith("CONTRIBUTING.md")).toList();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void page_usesTheUsualTerms(Page page) {
    assertThat(page.prose())
        .flatExtracting(line -> BANNED.matcher(line).results().map(MatchResult::group).toList())
        .isEmpty();
  }

  /** Add a module when all its sources pass. */
  @ParameterizedTest
  @ValueSource(strings = {"rkllm-langchain4j", "rkllm-spring-boot-starter"})
  void javadoc_beginsWithAVerbOrANoun(String module) throws IOException {
    try (Stream<Path> files = Files.walk(Page.ROOT.resolve(module).resolve("src"))) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
      assertThat(sources).isNotEmpty();
      for (Path source : sources) {
        assertThat(QUESTION.matcher(Files.readString(source)).results().map(MatchResult::group))
            .as(source.toString())
            .isEmpty();
      }
    }
  }
}
