package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks that {@code docs/c-api.md} contains everything in the headers, with the right ABIs, and
 * refers only to existing Java names. The Java names in the other pages are checked as well.
 *
 * <p>Functions, structs and enums come from the golden files, which were generated from the
 * vendor's headers by a compiler. Macros and function types leave no trace in a binary, so they are
 * read from the project's own headers.
 */
@Tag("not-emulated")
class ApiTableTest {
  private static final Path ROOT = Simulator.V1_3.layouts().resolve("../../..").normalize();
  private static final List<ApiTable.Row> ROWS = ApiTable.rows(read(ROOT.resolve("docs/c-api.md")));
  private static final String CODE = "`([^`]+)`";

  private static final List<String> DECLARATIONS_WITHOUT_LAYOUT =
      List.of(
          "(?m)^#define (CPU\\d) ",
          "typedef void \\*(\\w+);",
          "typedef \\w+ \\(\\*(LLM\\w+)\\)\\(",
          "typedef RKLLM\\w+ (\\w+);");

  /**
   * Returns everything that an ABI declares, by name. Enum constants are mapped to their values,
   * all others to an empty string.
   */
  private static Map<String, String> declared(Simulator simulator) {
    Map<String, Object> golden = Golden.read(simulator.layouts());
    Map<String, String> names = new TreeMap<>();
    Golden.object(golden.get("functions")).values().forEach(name -> names.put((String) name, ""));
    Golden.object(golden.get("enums"))
        .forEach(
            (name, constants) -> {
              names.put(name, "");
              Golden.object(constants).forEach((c, value) -> names.put(c, value.toString()));
            });
    Golden.object(golden.get("structs"))
        .forEach(
            (name, struct) -> {
              names.put(name, "");
              Golden.object(Golden.object(struct).get("fields"))
                  .forEach((field, layout) -> names.put(name + "." + field, ""));
            });
    String abi = simulator.is13() ? "v1_3" : "v1_2"; // the header of 1.3.1 includes that of 1.3
    String header = read(ROOT.resolve("native/include/rkllm").resolve(abi).resolve("rkllm.h"));
    DECLARATIONS_WITHOUT_LAYOUT.stream()
        .flatMap(declaration -> find(declaration, header).stream())
        .forEach(name -> names.put(name, ""));
    return names;
  }

  @ParameterizedTest
  @EnumSource
  void namesOfTheHeader_areInTheTableWithTheirValues(Simulator simulator) {
    Map<String, String> declared = declared(simulator);
    Map<String, String> named = new TreeMap<>();
    ROWS.stream()
        .filter(row -> row.isIn(simulator))
        .forEach(row -> named.put(row.name(), row.cell("value")));

    assertThat(difference(declared, named)).as("in the header, not in the table").isEmpty();
    assertThat(difference(named, declared)).as("in the table, not in the header").isEmpty();
  }

  private static Set<?> difference(Map<String, String> from, Map<String, String> without) {
    Set<Map.Entry<String, String>> rest = new LinkedHashSet<>(from.entrySet());
    rest.removeAll(without.entrySet());
    return rest;
  }

  @Test
  void rows_nameEachThingOnceAndSayWhetherAnAbiHasIt() {
    assertThat(ROWS).extracting(ApiTable.Row::name).doesNotHaveDuplicates();
    for (ApiTable.Row row : ROWS) {
      List<String> abis = List.of(row.cell("1.2"), row.cell("1.3"), row.cell("1.3.1"));
      assertThat(abis).as(row.name()).isSubsetOf(ApiTable.YES, ApiTable.NO).contains(ApiTable.YES);
    }
  }

  @Test
  void javaNames_existOrTheNotesSayWhatTheSdkDoes() {
    for (ApiTable.Row row : ROWS) {
      List<String> names = row.names("Java");
      assertThat(names).as(row.name()).filteredOn(name -> !JavaApi.exists(name)).isEmpty();
      if (names.isEmpty()) {
        assertThat(row.cell("Java")).as(row.name()).isEqualTo(ApiTable.NO);
        assertThat(row.cell("notes")).as("notes on " + row.name()).isNotEmpty();
      }
    }
  }

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      List<Path> pages = docs.filter(file -> file.toString().endsWith(".md")).sorted().toList();
      return Stream.concat(Stream.of(ROOT.resolve("README.md")), pages.stream());
    }
  }

  /** Names in running text such as {@code `Generation.cancel`}, with or without parentheses. */
  @ParameterizedTest
  @MethodSource("pages")
  void membersOfPublicTypes_namedInAPage_exist(Path page) {
    String text = read(page).replaceAll("(?s)```.*?```", "");
    List<String> members =
        find(CODE, text).stream()
            .flatMap(code -> find("^([A-Z]\\w*(?:\\.\\w+)+)(?:\\(.*\\))?$", code).stream())
            .filter(name -> JavaApi.hasType(name.substring(0, name.indexOf('.'))))
            .toList();

    assertThat(members).filteredOn(name -> !JavaApi.exists(name)).isEmpty();
  }

  /** Returns the matches of the only group of a regular expression in a text. */
  private static List<String> find(String regex, String text) {
    return Pattern.compile(regex).matcher(text).results().map(found -> found.group(1)).toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
