package io.rkllm.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Merging has the defined result: repeatedly the best pair, and the leftmost of equal ones. */
class TokenMergerPropertyTest {
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars("ab").ofMinLength(1).ofMaxLength(40);
  }

  @Provide
  Arbitrary<Set<String>> words() {
    return Arbitraries.strings().withChars("ab").ofMinLength(2).ofMaxLength(6).set().ofMaxSize(20);
  }

  @Property
  void run_anyVocabulary_mergesTheBestPairFirst(
      @ForAll("texts") String text, @ForAll("words") Set<String> words, @ForAll long seed) {
    List<String> tokens = new ArrayList<>(List.of("a", "b"));
    tokens.addAll(words);
    Vocabulary vocabulary =
        new Vocabulary(tokens.stream().map(token -> token.getBytes(UTF_8)).toList());
    float[] scores = new float[tokens.size()];
    for (int id = 0; id < scores.length; id++) {
      scores[id] = (int) ((seed >>> id) & 3) - 2; // with ties, and on both sides of zero
    }
    BitSet all = new BitSet();
    all.set(0, scores.length);
    List<String> merged = new ArrayList<>();
    byte[] bytes = text.getBytes(UTF_8);
    int[] starts = new int[bytes.length + 1];
    int[] ids = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      starts[i] = i;
      ids[i] = bytes[i] - 'a';
    }
    starts[bytes.length] = bytes.length;
    new TokenMerger(bytes, starts, ids, new ScoredMerges(vocabulary, scores, all))
        .run(id -> merged.add(tokens.get(id)), (_, _, _) -> merged.add("?"));
    assertThat(merged).isEqualTo(byDefinition(text, tokens, scores));
  }

  private static List<String> byDefinition(String text, List<String> tokens, float[] scores) {
    List<String> symbols = new ArrayList<>(List.of(text.split("")));
    while (true) {
      int best = -1;
      float bestScore = Float.NEGATIVE_INFINITY;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        int id = tokens.indexOf(symbols.get(i) + symbols.get(i + 1));
        if (id >= 0 && scores[id] > bestScore) {
          best = i;
          bestScore = scores[id];
        }
      }
      if (best < 0) {
        return symbols;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
  }
}
