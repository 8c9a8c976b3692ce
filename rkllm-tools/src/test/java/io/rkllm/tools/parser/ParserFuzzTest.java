package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Answers made at random out of those of {@code answers.txt}, of tags and parts of them, and of any
 * characters: none may throw, hang, lose a character, or be parsed otherwise when it comes in
 * pieces. A failure names the seed of its answer.
 */
class ParserFuzzTest {
  private static final List<Answers.Answer> ANSWERS = Answers.all();

  private static final List<Dialect> DIALECTS =
      Stream.concat(Dialects.all().stream(), Stream.of(Dialects.DETECTED)).toList();

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void parse_randomAnswers_losesNothing() {
    fuzz(100_000);
  }

  @Test
  @Tag("soak")
  void parse_tenMillionRandomAnswers_losesNothing() {
    fuzz(10_000_000);
  }

  private static void fuzz(int answers) {
    long first = RandomGenerator.getDefault().nextLong();
    RandomGeneratorFactory<RandomGenerator> generators =
        RandomGeneratorFactory.of("L64X128MixRandom");
    for (int i = 0; i < answers; i++) {
      long seed = first + i;
      String answer = "";
      try {
        RandomGenerator random = generators.create(seed);
        answer = answer(random);
        ParserOptions options =
            Answers.OPTIONS.toBuilder()
                .dialect(DIALECTS.get(random.nextInt(DIALECTS.size())))
                .startsInThinking(random.nextInt(8) == 0)
                .maxCallLength(random.nextInt(8) == 0 ? 64 : 4096)
                .maxDepth(random.nextInt(8) == 0 ? 2 : 64)
                .build();
        List<ChatEvent> whole = ChatParser.parse(options, answer);
        Events.assertSound(answer, whole);
        assertThat(Events.joined(inPieces(options, answer, random)))
            .isEqualTo(Events.joined(whole));
      } catch (RuntimeException | Error failure) {
        throw new AssertionError("seed " + seed + ", answer: " + answer, failure);
      }
    }
  }

  private static List<ChatEvent> inPieces(
      ParserOptions options, String answer, RandomGenerator random) {
    List<Integer> cuts = new ArrayList<>();
    for (int cut = 0; cut < answer.length(); cut += 1 + random.nextInt(9)) {
      cuts.add(cut);
    }
    return Events.parse(options, answer, cuts);
  }

  private static String answer(RandomGenerator random) {
    StringBuilder answer = new StringBuilder();
    if (random.nextBoolean()) {
      answer.append(ANSWERS.get(random.nextInt(ANSWERS.size())).text());
    }
    int changes = random.nextInt(12);
    for (int i = 0; i < changes; i++) {
      change(answer, random);
    }
    return answer.toString();
  }

  private static void change(StringBuilder answer, RandomGenerator random) {
    int at = random.nextInt(answer.length() + 1);
    switch (random.nextInt(5)) {
      case 0 -> answer.delete(at, Math.min(answer.length(), at + 1 + random.nextInt(8)));
      case 1 -> answer.insert(at, (char) random.nextInt(128));
      case 2 -> answer.insert(at, (char) random.nextInt(0x10000));
      case 3 -> answer.append(ANSWERS.get(random.nextInt(ANSWERS.size())).text());
      default ->
          answer.insert(at, ParserLawsTest.PARTS.get(random.nextInt(ParserLawsTest.PARTS.size())));
    }
  }
}
