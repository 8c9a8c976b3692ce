package io.rkllm.tools.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.tools.event.Repair;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random values with random errors. Each is either malformed or becomes strict JSON that needs no
 * further repair, with all of its letters and digits; JSON without errors is passed on unchanged. A
 * failure contains the seed of its value.
 */
class JsonRepairerFuzzTest {
  private static final int MAX_DEPTH = 8;

  /** Without comments and escapes, whose letters are not part of the result. */
  private static final List<String> ERRORS =
      List.of(
          ",", ":", "{", "}", "[", "]", "(", ")", "\"", "'", "“", "”", "`", "´", "\\\"", " ", "\n",
          "，", "：", "\u00a0", "a", "True", "false", "7", "0.5", "-", "+", "e", ".", "é", "\uD83D",
          "\u0000", "= ", ";");

  private static final List<String> STRINGS =
      List.of("", "a", "it's", "a, b: c", "{[(", "日本", "😀", "x”y", " ");

  /** The result of a value: strict JSON with repairs, or null if it is malformed. */
  private record Result(String json, Set<Repair> repairs) {}

  @Test
  void repair_randomValues_isStrictOrMalformed() {
    fuzz(100_000);
  }

  @Test
  @Tag("soak")
  void repair_tenMillionRandomValues_isStrictOrMalformed() {
    fuzz(10_000_000);
  }

  private static void fuzz(int values) {
    long first = RandomGenerator.getDefault().nextLong();
    RandomGeneratorFactory<RandomGenerator> generators =
        RandomGeneratorFactory.of("L64X128MixRandom");
    for (int i = 0; i < values; i++) {
      RandomGenerator random = generators.create(first + i);
      StringBuilder value = new StringBuilder();
      container(value, random, 3, '{', '}');
      String strict = value.toString();
      for (int errors = random.nextInt(4); errors > 0; errors--) {
        change(value, random);
      }
      try {
        check(strict, value.toString(), random.nextBoolean());
      } catch (RuntimeException | Error failure) {
        throw new AssertionError("seed " + (first + i) + ", value: " + value, failure);
      }
    }
  }

  private static void check(String strict, String value, boolean terminated) {
    Result result = repair(value, terminated);
    if (value.equals(strict)) {
      assertThat(result).isEqualTo(new Result(strict, Set.of()));
    }
    if (result == null) {
      return;
    }
    var _ = Json.tree(result.json()); // throws if it is not JSON
    assertThat(repair(result.json(), true)).isEqualTo(new Result(result.json(), Set.of()));
    assertThat(letters(result.json())).isEqualTo(letters(value));
  }

  private static @Nullable Result repair(String value, boolean terminated) {
    StringBuilder json = new StringBuilder();
    Set<Repair> repairs = EnumSet.noneOf(Repair.class);
    JsonRepairer repairer =
        new JsonRepairer(
            MAX_DEPTH,
            new JsonRepairer.Target() {
              @Override
              public void write(char c) {
                json.append(c);
              }

              @Override
              public void repaired(Repair repair) {
                repairs.add(repair);
              }
            });
    try {
      for (int i = 0; i < value.length(); i++) {
        if (repairer.accept(value.charAt(i)) && i < value.length() - 1) {
          return null; // text after the value, which is not the repairer's concern
        }
      }
      repairer.end(terminated);
    } catch (MalformedJsonException malformed) {
      return null;
    }
    return new Result(json.toString(), repairs);
  }

  /** Returns letters in lower case and digits, except for zeros, which numbers may gain. */
  private static String letters(String text) {
    StringBuilder letters = new StringBuilder();
    text.replaceAll("\\\\(u[0-9a-fA-F]{4}|n)", "")
        .codePoints()
        .filter(c -> Character.isLetterOrDigit(c) && c != '0')
        .map(Character::toLowerCase)
        .forEach(letters::appendCodePoint);
    return letters.toString();
  }

  private static void value(StringBuilder text, RandomGenerator random, int depth) {
    switch (random.nextInt(depth > 0 ? 6 : 3)) {
      case 0 -> text.append('"').append(one(STRINGS, random)).append('"');
      case 1 -> text.append(random.nextInt(-100, 1000)).append(random.nextBoolean() ? "" : ".5e2");
      case 2 -> text.append(one(List.of("true", "false", "null"), random));
      case 3, 4 -> container(text, random, depth, '{', '}');
      default -> container(text, random, depth, '[', ']');
    }
  }

  private static void container(
      StringBuilder text, RandomGenerator random, int depth, char opener, char closer) {
    List<String> separators = new ArrayList<>(List.of(",", ", ", ",\n  "));
    text.append(opener);
    for (int i = random.nextInt(4); i > 0; i--) {
      if (opener == '{') {
        text.append("\"k").append(i).append(random.nextBoolean() ? "\":" : "\": ");
      }
      value(text, random, depth - 1);
      text.append(i > 1 ? one(separators, random) : "");
    }
    text.append(closer);
  }

  private static void change(StringBuilder text, RandomGenerator random) {
    int at = random.nextInt(text.length() + 1);
    switch (random.nextInt(3)) {
      case 0 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(2)));
      case 1 -> text.insert(at, one(ERRORS, random));
      default -> {
        int quote = text.indexOf("\"", at);
        if (quote >= 0) {
          text.setCharAt(quote, "'“`”".charAt(random.nextInt(4)));
        }
      }
    }
  }

  private static String one(List<String> of, RandomGenerator random) {
    return of.get(random.nextInt(of.size()));
  }
}
