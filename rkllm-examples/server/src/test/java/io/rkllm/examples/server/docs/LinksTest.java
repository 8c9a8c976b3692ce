package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links and pictures of the documentation lead to files and headings that exist. */
class LinksTest {
  private static final Pattern LINK =
      Pattern.compile("\\]\\(([^)\\s]+)\\)|(?:src|srcset|href)=\"([^\"]+)\"");

  private static final Pattern HEADING = Pattern.compile("#{1,6} (.+)");

  static List<Page> pages() {
    return Page.all();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void relativeLink_ofAnyPage_leadsToAFileAndAHeading(Page page) {
    assertThat(targets(page)).filteredOn(target -> !exists(page, target)).isEmpty();
  }

  @Test
  void index_leadsToEachPageOfDocs() {
    Path docs = Page.ROOT.resolve("docs");
    Set<Path> linked =
        targets(new Page(docs.resolve("README.md"))).stream()
            .map(target -> docs.resolve(target.replaceFirst("#.*", "")).normalize())
            .collect(Collectors.toSet());
    assertThat(Page.all())
        .extracting(Page::file)
        .filteredOn(file -> file.startsWith(docs) && !file.endsWith("README.md"))
        .isNotEmpty()
        .isSubsetOf(linked);
  }

  private static List<String> targets(Page page) {
    return page.prose().stream()
        .map(line -> line.replaceAll("`[^`]*`", "code")) // what looks like a link there is none
        .flatMap(line -> LINK.matcher(line).results())
        .map(LinksTest::target)
        .filter(target -> !target.matches("(https?|mailto):.*"))
        .toList();
  }

  private static String target(MatchResult link) {
    return link.group(1) == null ? link.group(2) : link.group(1);
  }

  private static boolean exists(Page page, String target) {
    String[] parts = target.split("#", 2);
    Path file = parts[0].isEmpty() ? page.file() : page.file().resolveSibling(parts[0]).normalize();
    return file.startsWith(Page.ROOT)
        && Files.exists(file)
        && (parts.length == 1 || anchors(new Page(file)).contains(parts[1]));
  }

  /** Returns the anchors that GitHub gives to the headings of a page. */
  private static Set<String> anchors(Page page) {
    Set<String> anchors = new LinkedHashSet<>();
    Map<String, Integer> seen = new HashMap<>();
    for (String line : page.prose()) {
      var heading = HEADING.matcher(line);
      if (heading.matches()) {
        String anchor =
            heading
                .group(1)
                .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}\\-_ ]", "")
                .replace(' ', '-');
        int count = seen.merge(anchor, 1, Integer::sum);
        anchors.add(count == 1 ? anchor : anchor + "-" + (count - 1));
      }
    }
    return anchors;
  }
}
