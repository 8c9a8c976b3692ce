package io.rkllm.tools.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
  @ParameterizedTest
  @CsvSource({
    "\\ud83d, \uFFFD",
    "\\uDE00, \uFFFD",
    "\\ud83d\\ud83d\\ude00, \uFFFD\uD83D\uDE00",
    "\\ud83d\\u0041, \uFFFDA",
    "\\ude00\\ud83d, \uFFFD\uFFFD",
    "\\ud83d\\ude00, \uD83D\uDE00",
    "\\\\ud83d, \\ud83d",
    "\\\\\\ud83d, \\\uFFFD",
    "\\n\\ud83d\\n, '\n\uFFFD\n'",
  })
  void read_escapedSurrogates_pairsAreKeptAndLoneOnesReplaced(String escaped, String expected) {
    String json = "{\"text\": \"" + escaped + "\"}";

    assertThat(Json.object(json)).containsEntry("text", expected);
    assertThat(Json.tree(json).get("text").asString()).isEqualTo(expected);
    assertThat(Json.treeOfUniqueKeys(json).get("text").asString()).isEqualTo(expected);
  }
}
