package io.rkllm.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The visible text depends only on the whole text, not on how it is divided into tokens. */
class StopSequencesTest {

  /**
   * Returns texts of two letters, in which beginnings, ends and middles of the sequences meet
   * often.
   */
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars('a', 'b').ofMaxLength(24);
  }

  @Provide
  Arbitrary<Set<String>> sequences() {
    return Arbitraries.strings()
        .withChars('a', 'b')
        .ofMinLength(1)
        .ofMaxLength(6)
        .set()
        .ofMaxSize(4);
  }

  @Property(tries = 20_000)
  void accept_anyTextAnyCuts_showsAllBeforeTheEarliestMatch(
      @ForAll("texts") String text,
      @ForAll @Size(max = 12) List<@IntRange(min = 0, max = 5) Integer> cuts,
      @ForAll("sequences") Set<String> sequences) {
    int end =
        sequences.stream()
            .mapToInt(text::indexOf)
            .filter(at -> at >= 0)
            .min()
            .orElse(text.length());

    StopSequences stop = new StopSequences(List.copyOf(sequences));
    StringBuilder shown = new StringBuilder();
    int read = 0;
    for (int cut : cuts) {
      int next = Math.min(text.length(), read + cut);
      shown.append(stop.accept(text.substring(read, next)));
      read = next;
      assertShowsNoLessAndNoMore(stop, shown.toString(), text.substring(0, read), sequences);
      if (stop.found()) {
        assertThat(shown.toString()).isEqualTo(text.substring(0, end));
        return;
      }
    }
    shown.append(stop.accept(text.substring(read)));
    if (!stop.found()) {
      shown.append(stop.flush());
    }

    assertThat(shown.toString()).isEqualTo(text.substring(0, end));
    assertThat(stop.found()).isEqualTo(end < text.length());
    assertThat(stop.flush()).isEmpty();
  }

  /** Checks that text is withheld only if it is, or may become, the beginning of a sequence. */
  private static void assertShowsNoLessAndNoMore(
      StopSequences stop, String shown, String read, Set<String> sequences) {
    int undecided = 0;
    while (!mayBegin(read, undecided, sequences) && undecided < read.length()) {
      undecided++;
    }
    int place = undecided;
    assertThat(shown).isEqualTo(read.substring(0, place));
    assertThat(stop.found())
        .isEqualTo(sequences.stream().anyMatch(sequence -> read.startsWith(sequence, place)));
  }

  private static boolean mayBegin(String read, int at, Set<String> sequences) {
    String rest = read.substring(at);
    return sequences.stream()
        .anyMatch(sequence -> sequence.startsWith(rest) || rest.startsWith(sequence));
  }

  @Example
  void accept_aTokenRulesTheMatchOut_showsWhatWasWithheld() {
    StopSequences stop = new StopSequences(List.of("</end>"));

    assertThat(stop.accept("a</")).isEqualTo("a");
    assertThat(stop.accept("en")).isEmpty();
    assertThat(stop.accept("g<")).isEqualTo("</eng");
    assertThat(stop.flush()).isEqualTo("<");
  }

  @Example
  void accept_aShorterOneInsideALonger_waitsForTheLonger() {
    StopSequences whole = new StopSequences(List.of("abcd", "bc"));
    assertThat(whole.accept("xabc")).isEqualTo("x");
    assertThat(whole.found()).isFalse(); // "abcd" would end the text earlier
    assertThat(whole.accept("d")).isEmpty();
    assertThat(whole.found()).isTrue();

    StopSequences inside = new StopSequences(List.of("abcd", "bc"));
    assertThat(inside.accept("xabc")).isEqualTo("x");
    assertThat(inside.accept("x")).isEqualTo("a");
    assertThat(inside.found()).isTrue();

    StopSequences over = new StopSequences(List.of("abcd", "bc"));
    assertThat(over.accept("xabc") + over.flush()).isEqualTo("xa");
    assertThat(over.found()).isTrue();
  }

  @Example
  void accept_noSequences_withholdsNothing() {
    StopSequences none = new StopSequences(List.of());

    assertThat(none.accept("abc")).isEqualTo("abc");
    assertThat(none.flush()).isEmpty();
    assertThat(none.found()).isFalse();
  }
}
