package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.schema.Binding;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Properties of any arguments: valid ones arrive unchanged, others are rejected with a message. */
class ToolArgumentsPropertyTest {
  enum Unit {
    METER,
    FOOT
  }

  record Numbers(
      byte a,
      Short b,
      int c,
      long d,
      BigInteger e,
      float f,
      @Param(name = "a double") double g,
      BigDecimal h) {}

  record Times(
      LocalDate date,
      LocalTime time,
      LocalDateTime both,
      OffsetDateTime offset,
      Instant instant,
      OffsetTime offsetTime,
      Duration duration,
      Period period) {}

  record Texts(String text, char c, Unit unit, UUID id, URI uri, boolean yes) {}

  record Optionals(
      Optional<String> text,
      OptionalInt i,
      OptionalLong l,
      OptionalDouble d,
      @Param(required = false) Integer boxed,
      @Nullable String nullable) {}

  record Everything(
      @Param(name = "die Zahlen") Numbers numbers,
      Optional<Times> times,
      List<Texts> texts,
      Optionals optionals,
      Map<String, List<Integer>> map,
      Set<Unit> units) {}

  private final AtomicReference<Everything> seen = new AtomicReference<>();
  private final ToolSet tools =
      ToolSet.builder()
          .add(
              "take",
              "",
              Everything.class,
              arguments -> {
                seen.set(arguments);
                return arguments;
              })
          .build();

  @Property(tries = 300)
  void call_anyRecordAsJacksonWritesIt_arrivesEqual(@ForAll("everything") Everything arguments) {
    call(Binding.write(arguments));

    assertThat(seen.get()).isEqualTo(arguments);
  }

  @Property(tries = 300)
  void call_argumentLeftOutOrAddedOrOfAnotherType_isRefusedWithWords(
      @ForAll("everything") Everything arguments, @ForAll("mutations") Mutation mutation) {
    ObjectNode json = (ObjectNode) Json.tree(Binding.write(arguments));
    mutation.change(json);
    seen.set(null);

    assertThatThrownBy(() -> call(json.toString()))
        .isInstanceOf(InvalidToolCallException.class)
        .hasMessageStartingWith("take: ")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2_000));
    assertThat(seen.get()).isNull();
  }

  @Property(tries = 300)
  void call_textWithAnythingChanged_isTakenOrRefusedWithWords(
      @ForAll("everything") Everything arguments, @ForAll("edits") Edit edit) {
    String written = Binding.write(arguments);
    String changed = edit.change(written);
    seen.set(null);
    try {
      call(changed);
    } catch (InvalidToolCallException e) {
      assertThat(e.getMessage()).startsWith("take: ").hasSizeLessThan(2_000);
      assertThat(seen.get()).isNull(); // the tool has not begun
      assertThat(changed).isNotEqualTo(written);
      return;
    }
    Everything taken = seen.get();
    assertThat(taken).isNotNull();
    if (changed.equals(written)) {
      assertThat(taken).isEqualTo(arguments);
    }
    call(Binding.write(taken)); // what was taken is whole: it can be written and taken again
    assertThat(seen.get()).isEqualTo(taken);
  }

  private String call(String arguments) {
    return tools.call(new ToolCall("1", "take", arguments));
  }

  /** A change after which the arguments cannot fit. */
  interface Mutation {
    void change(ObjectNode arguments);
  }

  @Provide
  Arbitrary<Mutation> mutations() {
    Arbitrary<String> required = Arbitraries.of("die Zahlen", "texts", "optionals", "map", "units");
    Arbitrary<String> numbers = Arbitraries.of("a", "b", "c", "d", "e", "f", "a double", "h");
    return Arbitraries.oneOf(
        required.map(name -> json -> json.remove(name)),
        required.map(name -> json -> json.putNull(name)),
        required.map(name -> json -> json.put(name, "text")),
        numbers.map(name -> json -> numbersOf(json).remove(name)),
        numbers.map(name -> json -> numbersOf(json).put(name, "7")),
        numbers.map(name -> json -> numbersOf(json).putArray(name)),
        Arbitraries.of("a", "b", "c", "d", "e")
            .map(name -> json -> numbersOf(json).put(name, new BigDecimal("0.5"))),
        Arbitraries.of("a", "b", "c", "d")
            .map(name -> json -> numbersOf(json).put(name, new BigInteger("9".repeat(25)))),
        Arbitraries.strings()
            .ofLength(9)
            .map(name -> json -> json.put(name.replaceAll("[\0\uD800-\uDFFF]", "") + "!", 1)));
  }

  private static ObjectNode numbersOf(ObjectNode arguments) {
    return (ObjectNode) arguments.path("die Zahlen");
  }

  /** Replaces some characters of a text, at a place that is a fraction of its length. */
  record Edit(double at, int length, String by) {
    String change(String text) {
      // Whole characters: half a surrogate pair has no UTF-8 form, and no ToolCall takes it.
      int characters = text.codePointCount(0, text.length());
      int from = (int) (at * characters);
      int to = Math.min(characters, from + length);
      return text.substring(0, text.offsetByCodePoints(0, from))
          + by
          + text.substring(text.offsetByCodePoints(0, to));
    }
  }

  @Provide
  Arbitrary<Edit> edits() {
    return Combinators.combine(
            Arbitraries.doubles().between(0, 1),
            Arbitraries.integers().between(0, 8),
            Arbitraries.of(
                "",
                "\"",
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "null",
                "1e999999999",
                "-",
                "0.5",
                "9".repeat(30),
                "true",
                "\\",
                "\\u0000",
                "\\ud800",
                "x",
                "{\"a\":".repeat(600)))
        .as(Edit::new);
  }

  @Provide
  Arbitrary<Everything> everything() {
    return Combinators.combine(
            numbers(),
            times().optional(),
            texts().list().ofMaxSize(3),
            optionals(),
            Arbitraries.maps(texts().map(Texts::text), Arbitraries.integers().list().ofMaxSize(3))
                .ofMaxSize(3),
            Arbitraries.of(Unit.class).set())
        .as(Everything::new);
  }

  private static Arbitrary<Numbers> numbers() {
    return Combinators.combine(
            Arbitraries.bytes(),
            Arbitraries.shorts(),
            Arbitraries.integers(),
            Arbitraries.longs(),
            Arbitraries.bigIntegers(),
            Arbitraries.floats(),
            Arbitraries.doubles().between(-Double.MAX_VALUE, Double.MAX_VALUE),
            Arbitraries.bigDecimals())
        .as(Numbers::new);
  }

  private static Arbitrary<Times> times() {
    Arbitrary<LocalDateTime> any =
        Combinators.combine(
                Arbitraries.longs().between(-60_000_000_000L, 200_000_000_000L),
                Arbitraries.integers().between(0, 999_999_999))
            .as((second, nano) -> LocalDateTime.ofEpochSecond(second, nano, ZoneOffset.UTC));
    Arbitrary<ZoneOffset> offsets =
        Arbitraries.integers().between(-72, 72).map(q -> ZoneOffset.ofTotalSeconds(q * 900));
    return Combinators.combine(
            any,
            any,
            offsets,
            Arbitraries.longs().between(-1_000_000_000, 1_000_000_000),
            Arbitraries.integers().between(-1_000, 1_000))
        .as(
            (a, b, offset, nanos, days) ->
                new Times(
                    a.toLocalDate(),
                    b.toLocalTime(),
                    a,
                    b.atOffset(offset),
                    a.toInstant(offset),
                    b.toLocalTime().atOffset(offset),
                    Duration.ofNanos(nanos),
                    Period.ofDays(days)));
  }

  private static Arbitrary<Texts> texts() {
    Arbitrary<String> strings =
        Arbitraries.strings().ofMaxLength(8).map(text -> text.replaceAll("[\0\uD800-\uDFFF]", "?"));
    return Combinators.combine(
            strings,
            Arbitraries.chars().range('\1', '\uD7FF'),
            Arbitraries.of(Unit.class),
            Arbitraries.longs().map(bits -> new UUID(bits, ~bits)),
            Arbitraries.strings().alpha().map(path -> URI.create("https://example.org/" + path)),
            Arbitraries.of(true, false))
        .as(Texts::new);
  }

  private static Arbitrary<Optionals> optionals() {
    return Combinators.combine(
            texts().map(Texts::text).optional(),
            Arbitraries.of(OptionalInt.empty(), OptionalInt.of(-7)),
            Arbitraries.of(OptionalLong.empty(), OptionalLong.of(1L << 40)),
            Arbitraries.of(OptionalDouble.empty(), OptionalDouble.of(0.1)),
            Arbitraries.integers().injectNull(0.3),
            texts().map(Texts::text).injectNull(0.3))
        .as(Optionals::new);
  }
}
