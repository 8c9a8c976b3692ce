package io.rkllm.tools.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.tools.event.Repair;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class JsonRepairerTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'unit': 'C'}                  | {\"unit\": \"C\"}                | SINGLE_QUOTES",
        "{`unit`: `C´}                  | {\"unit\": \"C\"}                | TYPOGRAPHIC_QUOTES",
        "{“unit”：“C”，“days”：2}          | {\"unit\":\"C\",\"days\":2}        | TYPOGRAPHIC_QUOTES UNICODE_SEPARATOR",
        "{“a”: “it’s “new””}            | {\"a\": \"it’s “new”\"}           | TYPOGRAPHIC_QUOTES",
        "{'a': 'say 'hi''}              | {\"a\": \"say 'hi'\"}             | SINGLE_QUOTES",
        "{\"a\":\u3000\"b\"\u00a0}        | {\"a\": \"b\" }                   | UNICODE_SEPARATOR",
        "{\"a\":\ufeff1, \"b\": [1\u200b2]} | {\"a\": 1, \"b\": [1 ,2]}         | UNICODE_SEPARATOR MISSING_COMMA",
        "[TRUE, NULL, False, Null]      | [true, null, false, null]        | PYTHON_LITERAL",
        "{\"at\": (59.9, 10.7)}          | {\"at\": [59.9, 10.7]}            | PYTHON_LITERAL",
        "[(), (1,), ((1, 2), 3)]        | [[], [1], [[1, 2], 3]]           | PYTHON_LITERAL TRAILING_COMMA",
        "{\"a\": [1, {\"b\": 2], \"c\": 3}   | {\"a\": [1, {\"b\": 2}], \"c\": 3}    | MISSING_BRACE",
        "{\"a\": [1, 2}                  | {\"a\": [1, 2]}                   | MISSING_BRACE",
        "[{\"b\": 2]                     | [{\"b\": 2}]                      | MISSING_BRACE",
        "{\"a\": 1]                      | {\"a\": 1}                        | MISSING_BRACE",
        "{\"a\": [1}]                    | {\"a\": [1]}                      | MISSING_BRACE",
      })
  void repair_errorWithoutAnyDoubt_isRepairedAndReported(
      String json, String strict, String repairs) {
    List<Repair> reported = new ArrayList<>();
    StringBuilder written = new StringBuilder();
    JsonRepairer repairer =
        new JsonRepairer(
            10,
            new JsonRepairer.Target() {
              @Override
              public void write(char c) {
                written.append(c);
              }

              @Override
              public void repaired(Repair repair) {
                if (!reported.contains(repair)) {
                  reported.add(repair);
                }
              }
            });
    json.chars().forEach(c -> repairer.accept((char) c));
    repairer.end(true);

    assertThat(written.toString().strip()).isEqualTo(strict.strip());
    assertThat(reported).extracting(Repair::name).containsExactlyInAnyOrder(repairs.split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\" \"b\"}", // a colon is missing, or a comma
        "{'a': 'b' 'c': 'd'}", // where a string ends is a guess
        "{'a': 'b' + 'c'}",
        "{'a': '''b'''}",
        "{\"a\": ```b```}",
        "{\"a\": (1)}", // an expression
        "{\"a\": (1, 2], \"b\": 3}",
        "{\"a\": [1}, \"b\": 2}",
        "{\"a\": 1], \"b\": 2}",
        "{\"a\": none}", // may be a string
        "{\"a\": 1 # \"b\": 2}", // the comment may hide something
        "{\"a\": 1 // }",
        "{\"a\": 1_000}",
        "{\"a\": 05}",
        "{\"a\": 1/3}",
        "{,\"a\": 1}",
        "[1,,2]",
        "{\"a\": }",
        "{\"a\": undefined}",
        "{\"a\": f(1)}",
      })
  void repair_errorThatLeavesADoubt_isRefused(String json) {
    assertThatThrownBy(() -> JsonRepairer.repair(json, 10, true))
        .isInstanceOf(MalformedJsonException.class);
  }

  @Test
  void repair_wrongBracketWhereTheRestMayBeCutOff_isRefused() {
    assertThatThrownBy(() -> JsonRepairer.repair("{\"a\": [1, 2}", 10, false))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessage("it ends behind the wrong bracket");
  }

  @Test
  void repair_numberThatCannotBeReadAfterwards_isRefused() {
    for (String number :
        new String[] {
          "1e99999999999", "-1E-99999999999", "9".repeat(2_000), "0." + "1".repeat(2_000)
        }) {
      assertThatThrownBy(() -> JsonRepairer.repair("{\"a\":" + number + "}", 10))
          .isInstanceOf(MalformedJsonException.class)
          .hasMessageStartingWith("the number ")
          .hasMessageEndingWith(" is out of range")
          .message()
          .hasSizeLessThan(200);
    }
  }

  @Test
  void repair_numberWithAHugeExponent_canBeReadAndWritten() {
    for (String number : new String[] {"1e999999999", "1e-999999999", "-7.5E99999999"}) {
      String json = JsonRepairer.repair("{\"a\":" + number + "}", 10);

      assertThat(Json.write(Json.object(json))).hasSizeLessThan(40);
    }
  }
}
