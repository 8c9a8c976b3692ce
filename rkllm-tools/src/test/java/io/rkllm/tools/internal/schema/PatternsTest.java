package io.rkllm.tools.internal.schema;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.tools.internal.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** Patterns of schemas: whatever they are, they are refused or matched in bounded time. */
@Timeout(value = 20, unit = SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class PatternsTest {
  private static final String ENDLESS = "(?:(?:){2147483647}){2147483647}";

  private static ObjectNode schema(String pattern) {
    ObjectNode schema = Json.MAPPER.createObjectNode().put("type", "object");
    schema.putObject("properties").putObject("a").put("pattern", pattern);
    return schema;
  }

  private static boolean fits(JsonSchema schema, String text) {
    try {
      schema.check(Json.MAPPER.createObjectNode().put("a", text));
      return true;
    } catch (SchemaViolationException violation) {
      assertThat(violation.getMessage()).contains("pattern");
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'properties':{'a':{'pattern':'@'}}}",
        "{'properties':{'a':{'items':{'anyOf':[{'pattern':'@'}]}}}}",
        "{'properties':{'pattern':{'pattern':'@'}}}",
        "{'properties':{'default':{'pattern':'@'}}}",
        "{'patternProperties':{'@':{}}}",
        "{'propertyNames':{'pattern':'@'}}",
        "{'properties':{'a':{'$ref':'#/$defs/a'}},'$defs':{'a':{'pattern':'@'}}}",
        "{'properties':{'a':{'$ref':'#/x/a'}},'x':{'a':{'pattern':'@'}}}",
        "{'if':{'properties':{'a':{}}},'then':{'properties':{'a':{'pattern':'@'}}}}",
      })
  void parse_patternWithoutEndAnywhere_isRefusedWhenTheSchemaIsGiven(String where) {
    ObjectNode schema = (ObjectNode) Json.tree(where.replace('\'', '"').replace("@", ENDLESS));

    assertThatThrownBy(() -> JsonSchema.parse(schema.put("type", "object").toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the pattern \"" + ENDLESS + "\" cannot be used: it repeats");
  }

  @Test
  void parse_whatOnlyLooksLikeAPattern_isTaken() {
    String data = "{\"pattern\":\"(\",\"patternProperties\":{\"(\":{}}}";
    for (String keyword : new String[] {"const", "default"}) {
      JsonSchema.parse(
          "{\"type\":\"object\",\"properties\":{\"a\":{\"%s\":%s}}}".formatted(keyword, data));
    }
    JsonSchema.parse("{\"type\":\"object\",\"examples\":[" + data + "]}");
    JsonSchema.parse("{\"type\":\"object\",\"enum\":[" + data + "]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '§',
      value = {
        "(?=a)b (?=",
        "(?!a)b (?!",
        "(?<=a)b (?<=",
        "(?<!a)b (?<!",
        "(?>a)b (?>",
        "(a)\\1 backreference",
        "(?<n>a)\\k<n> backreference",
        "a{1001} 1001",
        "(a{100}){100} steps",
        "((((a{100}){10}){10}){10}){10} steps",
        "(?:(?:(?:){1000}){1000}){1000} steps",
        "((.{0,60}){0,60}){0,60} steps",
        "( closed",
        "a) closes",
        "[a closed",
        "a** nothing",
        "a\\ backslash",
        "\\R \\\\R",
        "\\p{Nonsense} Nonsense",
        "[b-a] b-a",
      })
  void parse_patternThatCannotBeMatchedInLinearTime_isRefusedByName(String pattern, String why) {
    assertThatThrownBy(() -> JsonSchema.parse(schema(pattern).toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(ModelText.quote(pattern))
        .hasMessageContaining(why);
  }

  @Test
  void parse_patternThatIsLargeOrDeep_isRefused() {
    for (String pattern :
        new String[] {
          "(".repeat(100_000) + ")".repeat(100_000),
          "(".repeat(200) + ")".repeat(200),
          "a".repeat(1_000_000),
          "a{1000}".repeat(100),
          "\\p{L}".repeat(500),
          "(?i)" + "[B-\\u{1E942}]".repeat(250),
        }) {
      assertThatThrownBy(() -> JsonSchema.parse(schema(pattern).toString()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cannot be used");
    }
  }

  @Test
  void parse_manyPatternsThatAreLargeTogether_areRefused() {
    ObjectNode schema = schema("a");
    for (int i = 0; i < 100; i++) {
      schema.withObject("properties").putObject("p" + i).put("pattern", "[a-z]{900}" + i);
    }

    assertThatThrownBy(() -> JsonSchema.parse(schema.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("patterns of the schema");
  }

  /** Tests patterns that take exponential or cubic time with backtracking. */
  @ParameterizedTest
  @ValueSource(strings = {"^(a+)+$", "^(a|a)*$", "^a*a*a*a*a*a*$", "(a*)*b", "(?:a?){30}a{30}$"})
  void check_patternThatIsExponentialElsewhere_isLinear(String pattern) {
    assertThat(fits(JsonSchema.of(schema(pattern)), "a".repeat(50_000) + "!")).isFalse();
  }

  @Test
  void check_largePatternOnLongTexts_isAbandoned() {
    assertThatThrownBy(
            () ->
                JsonSchema.of(schema("(?:a?){1000}b"))
                    .check(Json.MAPPER.createObjectNode().put("a", "a".repeat(4_000_000))))
        .isInstanceOf(SchemaViolationException.class)
        .hasMessageContaining("takes too long");
  }

  /** A pattern, a text that fits it, and one that does not, as ECMA-262 has it. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '§',
      delimiter = '→',
      value = {
        "b→abc→ac",
        "^b$→b→§b\n§",
        "^a.c$→abc→§a\rc§",
        "^\\d+$→042→٣",
        "^\\w+$→a_1→é",
        "^\\s$→\u00a0→x",
        "^[\\s-]$→-→x",
        "^[^\\s]$→x→\u3000",
        "^[\\S]$→x→\u2003",
        "^a\\/b\\-c$→a/b-c→a\\/b",
        "^\\u0041\\x42$→AB→u0041",
        "^\\uD83D\\uDE00$→😀→x",
        "^\\u{1F600}{2}$→😀😀→😀",
        "^😀+$→😀😀→x",
        "^[😀-😂]$→😁→x",
        "^\\cJ$→§\n§→J",
        "^[\\b]$→\b→b",
        "\\bfoo\\b→a foo b→afoo",
        "^[^]$→§\n§→ab",
        "^(?:[]|a)$→a→b",
        "^[[:alpha:]]$→§:]§→b",
        "^[a&&b]$→&→c",
        "^\\p{Letter}\\p{Script=Greek}\\p{gc=Lu}$→éαÉ→eae",
        "^\\P{L}$→1→a",
        "^(?<year>\\d{4})-(?<month>\\d{2})$→2026-11→26-11",
        "^a{2,}b{,3}$→aaab{,3}→aabbb",
        "^{a}$→{a}→a",
        "^(?:ab{0,120}){2}$→abbabb→b",
        "^(?i)a(?i:B)$→Ab→c",
        "^(?s).$→§\n§→ab",
        "^a*?b+?c??$→aab→c",
        "^$→§§→a",
        "^\\$\\.\\(\\)$→$.()→a",
      })
  void check_dialect_isThatOfEcma(String pattern, String fitting, String other) {
    JsonSchema schema = JsonSchema.parse(schema(pattern).toString());

    assertThat(fits(schema, fitting)).as(fitting).isTrue();
    assertThat(fits(schema, other)).as(other).isFalse();
  }

  @Test
  void check_countsThatAreUsual_work() {
    for (String pattern :
        new String[] {"^.{0,1000}$", "^[^x]{1,999}$", "^(?:[a-z]{1,63}){1,16}$"}) {
      JsonSchema schema = JsonSchema.parse(schema(pattern).toString());

      assertThat(fits(schema, "a".repeat(999))).isTrue();
      assertThat(fits(schema, "a".repeat(1_010))).isFalse();
      assertThat(fits(schema, "a")).isTrue();
    }
  }

  @Test
  void check_namesOfProperties_areMatchedToo() {
    JsonSchema schema =
        JsonSchema.parse(
            "{\"type\":\"object\",\"patternProperties\":{\"^(a+)+$\":{\"type\":\"string\"}},"
                + "\"propertyNames\":{\"pattern\":\"^\\\\w*$\"}}");

    assertThatCode(() -> schema.check(Json.tree("{\"aa\":\"x\",\"b\":1}")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> schema.check(Json.tree("{\"aa\":1}")))
        .isInstanceOf(SchemaViolationException.class);
    assertThatThrownBy(() -> schema.check(Json.tree("{\"" + "a".repeat(40_000) + "!\":1}")))
        .isInstanceOf(SchemaViolationException.class);
  }
}
