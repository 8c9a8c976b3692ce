package io.rkllm.tools.parser;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What in an answer is not plain text: tags of thinking, control tokens, openers of tool calls. */
final class Markers {
  static final String THINK = "<think>";
  static final String END_THINK = "</think>";

  private static final Markers THINKING =
      new Markers(List.of(Marker.of(THINK), Marker.of(END_THINK)));

  private final List<Marker> markers;
  private final BitSet firstCharacters = new BitSet();

  /**
   * One of them.
   *
   * @param text what it looks like
   * @param grammar what begins with it, or null
   */
  record Marker(String text, @Nullable CallGrammar grammar) {
    static Marker of(String text) {
      return new Marker(text, null);
    }

    static Marker of(CallGrammar grammar) {
      return new Marker(grammar.opener(), grammar);
    }

    boolean appliesAt(boolean atLineStart) {
      return atLineStart || grammar == null || !grammar.atLineStart();
    }
  }

  private Markers(List<Marker> markers) {
    this.markers = markers;
    markers.forEach(marker -> firstCharacters.set(marker.text().charAt(0)));
  }

  /** Those outside of thinking. */
  static Markers of(Dialect dialect) {
    List<Marker> markers = new ArrayList<>(THINKING.markers);
    dialect.controlTokens().stream().map(Marker::of).forEach(markers::add);
    dialect.grammars().stream().map(Marker::of).forEach(markers::add);
    return new Markers(List.copyOf(markers));
  }

  /** Those inside of thinking, where nothing else counts. */
  static Markers inThinking() {
    return THINKING;
  }

  /** Whether one may begin with this character. */
  boolean mayBeginWith(char c) {
    return firstCharacters.get(c);
  }

  /** Whether this may become one, or a longer one. */
  boolean mayBecomeMarker(CharSequence text, boolean atLineStart) {
    for (Marker marker : markers) {
      if (marker.text().length() > text.length()
          && marker.appliesAt(atLineStart)
          && beginsWith(marker.text(), text)) {
        return true;
      }
    }
    return false;
  }

  /** The longest one that this begins with, or null. */
  @Nullable Marker longestAt(CharSequence text, boolean atLineStart) {
    Marker longest = null;
    for (Marker marker : markers) {
      if (marker.text().length() <= text.length()
          && marker.appliesAt(atLineStart)
          && beginsWith(text, marker.text())
          && (longest == null || longest.text().length() < marker.text().length())) {
        longest = marker;
      }
    }
    return longest;
  }

  private static boolean beginsWith(CharSequence text, CharSequence beginning) {
    for (int i = 0; i < beginning.length(); i++) {
      if (text.charAt(i) != beginning.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
