package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.internal.json.Json;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tools of all three kinds: what is told of them, what they are given, what they are refused. */
class ToolSetTest {
  private static final String ANY_OBJECT = "{\"type\":\"object\"}";

  public enum Unit {
    celsius,
    fahrenheit
  }

  public record Day(LocalDate date, @Param(required = false) @Nullable String note) {}

  /** Public methods of a class that is not. */
  static class Weather {
    private final String secret = UUID.randomUUID().toString();

    @Tool(description = "The temperature")
    public String get_temperature(
        @Param(name = "city", description = "A city") String city,
        @Param(name = "unit") Optional<Unit> unit) {
      return city + " " + unit + " " + secret;
    }

    @Tool(name = "forecast-of")
    public List<Day> forecast(
        @Param(name = "days") List<Day> days, @Param(name = "count") int count) {
      return days.subList(0, count);
    }

    @Tool
    public void reset() {}

    @Tool
    public static int twice(@Param(name = "of") int number) {
      return Math.multiplyExact(number, 2);
    }

    public void notForTheModel() {}
  }

  private final Weather weather = new Weather();
  private final ToolSet tools = ToolSet.of(weather);

  @Test
  void toJson_annotatedMethods_isTheOpenAiForm() {
    assertThat(Json.tree(tools.toJson()))
        .isEqualTo(
            Json.tree(
                """
            [{"type":"function","function":{"name":"forecast-of","description":"",\
            "parameters":{"type":"object","properties":{"days":{"type":"array","items":\
            {"type":"object","properties":{"date":{"type":"string","format":"date"},\
            "note":{"type":"string"}},"required":["date"],"additionalProperties":false}},\
            "count":{"type":"integer"}},"required":["days","count"],"additionalProperties":false}}},\
            {"type":"function","function":{"name":"get_temperature","description":"The temperature",\
            "parameters":{"type":"object","properties":{"city":{"type":"string",\
            "description":"A city"},"unit":{"type":"string","enum":["celsius","fahrenheit"]}},\
            "required":["city"],"additionalProperties":false}}},\
            {"type":"function","function":{"name":"reset","description":"",\
            "parameters":{"type":"object","properties":{},"additionalProperties":false}}},\
            {"type":"function","function":{"name":"twice","description":"",\
            "parameters":{"type":"object","properties":{"of":{"type":"integer"}},\
            "required":["of"],"additionalProperties":false}}}]"""));
    assertThat(tools.names()).containsExactly("forecast-of", "get_temperature", "reset", "twice");
  }

  @Test
  void call_validArguments_givesTheResultOfTheMethod() {
    String city = UUID.randomUUID().toString();
    int number = ThreadLocalRandom.current().nextInt(1_000_000);

    assertThat(call("get_temperature", "{\"city\":\"" + city + "\",\"unit\":\"celsius\"}"))
        .isEqualTo(city + " Optional[celsius] " + weather.secret);
    assertThat(call("twice", "{\"of\":" + number + ".0}")).isEqualTo(String.valueOf(2 * number));
    assertThat(call("reset", "{}")).isEqualTo("done");
    assertThat(call("forecast-of", "{\"days\":[{\"date\":\"2026-01-31\"}],\"count\":1}"))
        .isEqualTo("[{\"date\":\"2026-01-31\",\"note\":null}]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"city\":\"Rome\"}", "{\"city\":\"Rome\",\"unit\":null}"})
  void call_optionalArgumentNotGivenOrNull_isEmpty(String arguments) {
    assertThat(call("get_temperature", arguments))
        .isEqualTo("Rome Optional.empty " + weather.secret);
  }

  @Test
  void call_invalidArguments_areRejectedWithAMessageForTheModel() {
    assertRefused(
        "get_temperature",
        "{\"unit\":\"kelvin\",\"town\":\"Rome\"}",
        "get_temperature: \"unit\" must be one of \"celsius\", \"fahrenheit\", was \"kelvin\";"
            + " \"city\" is missing; \"town\" is not known, there is \"city\", \"unit\"."
            + " Call it again with arguments that fit its schema.");
    assertRefused(
        "forecast-of",
        "{\"days\":[{\"date\":\"2026-01-31\"},{\"date\":4}],\"count\":2.5}",
        "forecast-of: \"days[1].date\" must be a string, was 4; \"count\" must be a whole number,"
            + " was 2.5. Call it again with arguments that fit its schema.");
  }

  @Test
  void call_violationFoundByBinding_isRejectedWithAMessageToo() {
    assertRefused(
        "forecast-of",
        "{\"days\":[{\"date\":\"tomorrow\"}],\"count\":1}",
        "forecast-of: \"days[0].date\" must be a date such as \"2026-01-31\", was \"tomorrow\"."
            + " Call it again with arguments that fit its schema.");
    for (String number : List.of("3000000000", "1e10", "1e999999999", "9".repeat(900))) {
      assertThatThrownBy(() -> call("twice", "{\"of\":" + number + "}"))
          .isInstanceOf(InvalidToolCallException.class)
          .hasMessageStartingWith("twice: ")
          .hasMessageContaining("out of range");
    }
  }

  @Test
  void call_manyThreadsAtOnce_eachGetsItsOwn() throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> results = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        String argument = i % 2 == 0 ? String.valueOf(i) : "\"" + i + "\"";
        results.add(executor.submit(() -> call("twice", "{\"of\":" + argument + "}")));
      }
      for (int i = 0; i < results.size(); i++) {
        Future<String> result = results.get(i);
        if (i % 2 == 0) {
          assertThat(result.get()).isEqualTo(String.valueOf(2 * i));
        } else {
          assertThatThrownBy(result::get)
              .cause()
              .isInstanceOf(InvalidToolCallException.class)
              .hasMessageContaining("was \"" + i + "\"");
        }
      }
    }
  }

  public record Renamed(@JsonProperty("town") String city, @Param(name = "no") int number) {
    public Renamed(int number, String city) {
      this(city, number);
    }
  }

  @Test
  void call_recordWithJacksonsNames_goesByThoseOfTheSchema() {
    ToolSet renamed = ToolSet.builder().add("take", "", Renamed.class, all -> all).build();
    String arguments = "{\"city\":\"Rome\",\"no\":7}";

    assertThat(renamed.declarations().getFirst().parameters()).contains("\"city\"", "\"no\"");
    assertThat(renamed.call(new ToolCall("1", "take", arguments))).isEqualTo(arguments);
  }

  public record Measures(double length, float weight) {}

  @Test
  void call_numberBeyondADouble_isRefusedRatherThanInfinite() {
    ToolSet measures =
        ToolSet.builder().add("take", "", Measures.class, Measures::toString).build();

    assertThat(measures.call(new ToolCall("1", "take", "{\"length\":1e300,\"weight\":2}")))
        .isEqualTo("Measures[length=1.0E300, weight=2.0]");
    for (String arguments :
        List.of("{\"length\":1e309,\"weight\":2}", "{\"length\":-1e999999999,\"weight\":2}")) {
      assertThatThrownBy(() -> measures.call(new ToolCall("1", "take", arguments)))
          .isInstanceOf(InvalidToolCallException.class)
          .hasMessageContaining("out of range");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {" ", "{", "nonsense", "[1]", "\"x\"", "null", "{\"of\":1} x", "{\"of\":NaN}"})
  void call_whatIsNoJsonObject_isRefused(String arguments) {
    assertThatThrownBy(() -> call("twice", arguments))
        .isInstanceOf(InvalidToolCallException.class)
        .hasMessageStartingWith("twice: the arguments ")
        .satisfies(e -> assertThat(((InvalidToolCallException) e).isUnknownTool()).isFalse());
  }

  @Test
  void call_deepOrHugeArguments_areRefusedOrTakenButNeverCrash() {
    String deep = "[".repeat(100_000);
    assertThatThrownBy(() -> call("twice", "{\"of\":" + deep))
        .isInstanceOf(InvalidToolCallException.class);
    assertThatThrownBy(() -> call("twice", "{\"of\":" + "[".repeat(400) + "]".repeat(400) + "}"))
        .isInstanceOf(InvalidToolCallException.class);
    String city = "x".repeat(5_000_000);
    assertThat(call("get_temperature", "{\"city\":\"" + city + "\"}")).startsWith(city);
    assertThatThrownBy(
            () -> call("get_temperature", "{\"city\":\"Rome\",\"unit\":\"" + city + "\"}"))
        .isInstanceOf(InvalidToolCallException.class)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500));
  }

  @Test
  void call_manyViolations_haveAShortMessage() {
    StringBuilder arguments = new StringBuilder("{\"of\":1");
    for (int i = 0; i < 1_000; i++) {
      arguments.append(",\"").append(i).append("y".repeat(500)).append("\":0");
    }

    assertThatThrownBy(() -> call("twice", arguments + "}"))
        .isInstanceOf(InvalidToolCallException.class)
        .hasMessageContaining("and 994 more")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2_000));
  }

  @Test
  void call_unknownTool_isToldTheNamesOfTheTools() {
    assertThatThrownBy(() -> call("twize", "{}"))
        .isInstanceOf(InvalidToolCallException.class)
        .hasMessage(
            "There is no tool \"twize\"; there is forecast-of, get_temperature, reset, twice. Call"
                + " one of these, or answer without.")
        .satisfies(e -> assertThat(((InvalidToolCallException) e).isUnknownTool()).isTrue());
    assertThatThrownBy(() -> ToolSet.builder().build().call(new ToolCall("1", "x", "{}")))
        .hasMessageContaining("there are none");
  }

  @Test
  void call_unknownToolOfMany_hasAShortMessage() {
    ToolSet.Builder builder = ToolSet.builder();
    for (int i = 0; i < 500; i++) {
      builder.add(new ToolDeclaration("tool_number_" + i, "", ANY_OBJECT), arguments -> "");
    }
    ToolSet many = builder.build();

    assertThatThrownBy(() -> many.call(new ToolCall("1", "n".repeat(9_999), "{}")))
        .hasMessageContainingAll("tool_number_0", " more.")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(700));
  }

  @Test
  void call_toolThatThrows_failsWithWhatItThrew() {
    assertThatThrownBy(() -> call("twice", "{\"of\":2000000000}"))
        .isInstanceOf(ToolFailedException.class)
        .hasMessageContaining("twice")
        .hasCauseInstanceOf(ArithmeticException.class);
    ToolSet interrupted =
        ToolSet.builder()
            .add(
                new ToolDeclaration("wait", "", ANY_OBJECT),
                arguments -> {
                  throw new InterruptedException();
                })
            .build();
    assertThatThrownBy(() -> interrupted.call(new ToolCall("1", "wait", "{}")))
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void call_resultThatTheRuntimeCannotTake_isMadeFit() {
    assertThat(resultOf("a\0b\uD800c😀")).isEqualTo("a\uFFFDb\uFFFDc😀");
    assertThat(resultOf(null)).isEqualTo("null");
    assertThat(resultOf(Map.of("a", Optional.of(1)))).isEqualTo("{\"a\":1}");
    Object self = new ArrayList<>();
    asList(self).add(self);
    assertThatThrownBy(() -> resultOf(self)).isInstanceOf(ToolFailedException.class);
  }

  public record Sum(
      @Param(name = "first", description = "One") BigInteger a, BigInteger b, OptionalInt c) {
    public Sum {
      if (a.signum() < 0) {
        throw new IllegalArgumentException("first must not be negative");
      }
    }
  }

  @Test
  void call_recordOfArguments_isBoundByItsNames() {
    ToolSet sums =
        ToolSet.builder()
            .add(
                "add",
                "Adds",
                Sum.class,
                sum -> sum.a().add(sum.b()).intValueExact() + sum.c().orElse(0))
            .build();
    int a = ThreadLocalRandom.current().nextInt(1_000_000);
    int b = ThreadLocalRandom.current().nextInt(1_000_000);

    assertThat(sums.call(new ToolCall("1", "add", "{\"first\":" + a + ",\"b\":" + b + "}")))
        .isEqualTo(String.valueOf(a + b));
    assertThat(sums.declarations().getFirst().parameters())
        .isEqualTo(
            """
            {"type":"object","properties":{"first":{"type":"integer","description":"One"},\
            "b":{"type":"integer"},"c":{"type":"integer"}},"required":["first","b"],\
            "additionalProperties":false}""");
    assertThatThrownBy(() -> sums.call(new ToolCall("1", "add", "{\"first\":-1,\"b\":0}")))
        .isInstanceOf(InvalidToolCallException.class)
        .hasMessageContaining("first must not be negative");
  }

  @Test
  void call_rawSchema_givesTheToolWhatWasChecked() {
    ToolSet raw =
        ToolSet.builder()
            .add(
                new ToolDeclaration(
                    "raw",
                    "",
                    """
                    {"$schema": "https://example.org/none", "type": "object",
                     "properties": {"a": {"$ref": "#/$defs/even"}},
                     "$defs": {"even": {"type": "integer", "multipleOf": 2}}}"""),
                arguments -> arguments)
            .build();

    assertThat(raw.call(new ToolCall("1", "raw", "{ \"a\": 4 }"))).isEqualTo("{\"a\":4}");
    for (String twice : List.of("{ \"a\": 3, \"a\": 4 }", "{\"a\":3,\"b\":{\"c\":1,\"c\":1}}")) {
      assertThatThrownBy(() -> raw.call(new ToolCall("1", "raw", twice)))
          .isInstanceOf(InvalidToolCallException.class)
          .hasMessageContaining("more than once");
    }
    assertThat(raw.declarations().getFirst().parameters()).doesNotContain("$schema");
    assertThatThrownBy(() -> raw.call(new ToolCall("1", "raw", "{\"a\":3}")))
        .isInstanceOf(InvalidToolCallException.class)
        .hasMessageContainingAll("raw: \"a\"", "multiple of 2", "was 3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "nonsense",
        "true",
        "{}",
        "{\"type\":\"string\"}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"strin\"}}}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"https://example.org/a\"}}}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"other.json\"}}}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/none\"}}}",
        "{\"type\":\"object\",\"$ref\":\"#\"}"
      })
  void add_invalidSchema_isRejectedWithTheNameOfTheTool(String schema) {
    assertThatThrownBy(
            () -> ToolSet.builder().add(new ToolDeclaration("bad", "", schema), arguments -> ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the parameters of the tool bad: ");
  }

  public static class Hidden {
    @Tool
    void hidden() {}
  }

  public static class Misnamed {
    @Tool(name = "two words")
    public void x() {}
  }

  public static class Nameless {
    @Tool
    public void x(String nameless) {}
  }

  public static class Primitive {
    @Tool
    public void x(@Param(name = "n", required = false) int n) {}
  }

  public static class Twice {
    @Tool
    public void x(@Param(name = "n") int n, @Param(name = "n") int m) {}
  }

  public static class Unbindable {
    @Tool
    public void x(@Param(name = "thread") Thread thread) {}
  }

  @Test
  void add_whatCannotBeATool_isRefusedWithTheReason() {
    refused(new Object(), "no method with @Tool");
    refused(Weather.class, "is not static", "give an object");
    refused(new Hidden(), "hidden", "must be public");
    refused(new Misnamed(), "two words");
    refused(new Nameless(), "-parameters", "@Param(name");
    refused(new Primitive(), "\"n\"", "Optional");
    refused(new Twice(), "two of the name \"n\"");
    refused(new Unbindable(), "Thread", "take a record");
    assertThatThrownBy(() -> ToolSet.of(weather, new Weather()))
        .hasMessageContainingAll("two tools of the name forecast-of", "rename");
    assertThatThrownBy(() -> ToolSet.builder().add("x", "", String.class, s -> s))
        .hasMessageContaining("must be a record, was java.lang.String");
    assertThatThrownBy(() -> ToolSet.builder().add("x y", "", Day.class, s -> s))
        .hasMessageContaining("x y");
  }

  public static class Statics {
    @Tool
    public static String here() {
      return "here";
    }
  }

  /** Bridge methods carry the annotation a second time. */
  interface Source<T> {
    T get();
  }

  public static class Bridged implements Source<String> {
    @Tool
    @Override
    public String get() {
      return "bridged";
    }
  }

  @Test
  void add_patternThatCannotBeMatchedInLinearTime_isRefusedByName() {
    ToolDeclaration tool =
        new ToolDeclaration(
            "find",
            "Finds",
            "{\"type\":\"object\",\"properties\":{\"a\":{\"pattern\":\"^(?=a)\"}}}");

    assertThatThrownBy(() -> ToolSet.builder().add(tool, arguments -> arguments))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the tool find: the pattern \"^(?=a)\" cannot be used");
  }

  @Test
  void add_staticsBridgesAndInheritedMethods_areTools() {
    assertThat(ToolSet.of(Statics.class, new Bridged() {}).names()).containsExactly("here", "get");
    assertThat(ToolSet.of(new Bridged()).call(new ToolCall("1", "get", "{}"))).isEqualTo("bridged");
  }

  private static void refused(Object object, String... words) {
    assertThatThrownBy(() -> ToolSet.of(object))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  private static List<Object> asList(Object object) {
    @SuppressWarnings("unchecked")
    List<Object> list = (List<Object>) object;
    return list;
  }

  private static String resultOf(@Nullable Object result) {
    return ToolSet.builder()
        .add(new ToolDeclaration("give", "", ANY_OBJECT), arguments -> result)
        .build()
        .call(new ToolCall("1", "give", "{}"));
  }

  private void assertRefused(String tool, String arguments, String message) {
    assertThatThrownBy(() -> call(tool, arguments))
        .isInstanceOf(InvalidToolCallException.class)
        .hasMessage(message);
  }

  private String call(String tool, String arguments) {
    return tools.call(new ToolCall("1", tool, arguments));
  }
}
