package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The documentation follows the rules for English in CONTRIBUTING.md, as far as a test can tell.
 */
class EnglishTest {
  private static final Pattern BANNED =
      Pattern.compile("(?i)\\b(mend(s|ed|ing)?|misfits?|holds? up|for in words|patience)\\b");

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
}
