package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.docs.Page.Block;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The build files in the documentation are well-formed, and name artifacts that exist. */
class BuildFilesTest {
  private static final Pattern ARTIFACT =
      Pattern.compile(
          "io\\.rkllm</groupId>\\s*<artifactId>([\\w-]+)</artifactId>(?:\\s*<version>([^<]+))?"
              + "|\"io\\.rkllm:([\\w-]+):([^\"]+)\"");

  private static final Pattern PROJECT_VERSION = Pattern.compile("<version>([^<]+)</version>");
  private static final Pattern RELEASE = Pattern.compile("(?m)^## \\[(\\d[^\\]]*)\\]");

  static List<Block> xml() {
    return Page.all().stream().flatMap(page -> page.blocks("xml").stream()).toList();
  }

  static List<Block> buildFiles() {
    return Stream.concat(
            xml().stream(), Page.all().stream().flatMap(page -> page.blocks("kotlin").stream()))
        .filter(block -> ARTIFACT.matcher(block.code()).find())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("xml")
  void xmlBlock_ofAnyPage_isWellFormed(Block block) throws Exception {
    String document = "<block>" + block.code() + "</block>"; // which may have several elements
    byte[] text = document.getBytes(StandardCharsets.UTF_8);
    DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(text));
  }

  @ParameterizedTest
  @MethodSource("buildFiles")
  void artifact_ofAnyBuildFile_isPublished(Block block) throws IOException {
    String published = Files.readString(Page.ROOT.resolve("rkllm-bom/pom.xml"));
    assertThat(found(block, 1, 3))
        .allSatisfy(name -> assertThat(published).contains("<artifactId>" + name + "<"));
  }

  /** All pages name the version of the build, or, after a release, the latest in the changelog. */
  @Test
  void version_inAllBuildFiles_isTheCurrentOne() throws IOException {
    Set<String> versions =
        buildFiles().stream()
            .flatMap(block -> found(block, 2, 4).stream())
            .collect(Collectors.toSet());
    assertThat(versions).hasSize(1).isSubsetOf(projectVersion(), latestRelease());
  }

  private static List<String> found(Block block, int inXml, int inGradle) {
    return ARTIFACT
        .matcher(block.code())
        .results()
        .map(match -> match.group(inXml) == null ? match.group(inGradle) : match.group(inXml))
        .filter(text -> text != null)
        .toList();
  }

  private static String projectVersion() throws IOException {
    return first(PROJECT_VERSION, "pom.xml");
  }

  private static String latestRelease() throws IOException {
    return first(RELEASE, "CHANGELOG.md");
  }

  private static String first(Pattern pattern, String file) throws IOException {
    return pattern
        .matcher(Files.readString(Page.ROOT.resolve(file)))
        .results()
        .map(match -> match.group(1))
        .findFirst()
        .orElse("none");
  }
}
