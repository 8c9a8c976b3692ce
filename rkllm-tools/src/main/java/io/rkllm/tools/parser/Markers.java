package io.rkllm.tools.parser;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an answer that are not plain text: thinking tags, control tokens, and openers of
 * tool calls.
 */
final class Markers {
  private final List<Marker> markers;
  private final BitSet beginnings = new BitSet(); // first characters, anywhere
  private final BitSet lineBeginnings = new BitSet(); // at the beginning of a line

  /** The kind of a marker. */
  enum Kind {
    THINKING,
    END_OF_THINKING,
    CONTROL_TOKEN,
    CALL
  }

  /**
   * A marker as defined, or as found in an answer.
   *
   * @param text the text of the marker
   * @param forms the forms that begin with it; empty unless it opens calls
   */
  record Marker(Kind kind, String text, List<CallForm> forms) {
    static Marker of(CallForm form, String text) {
      return new Marker(Kind.CALL, text, List.of(form));
    }

    boolean appliesAt(Surroundings place) {
      return forms.isEmpty() || forms.stream().anyMatch(place::allows);
    }

    boolean atLineStart() {
      return forms.stream().anyMatch(CallForm::atLineStart);
    }
  }

  private Markers(List<Marker> markers) {
    this.markers = List.copyOf(markers);
    for (Marker marker : markers) {
      (marker.atLineStart() ? lineBeginnings : beginnings).set(marker.text().charAt(0));
    }
    lineBeginnings.or(beginnings);
  }

  /** Returns those outside of thinking. */
  static Markers of(Dialect dialect, Set<String> tools) {
    List<Marker> markers = thinking(dialect);
    for (String token : dialect.controlTokens()) {
      markers.add(new Marker(Kind.CONTROL_TOKEN, token, List.of()));
    }
    for (CallForm form : dialect.forms()) {
      Collection<String> openers = form.openerIsToolName() ? tools : Set.of(form.opener());
      openers.stream().sorted().map(text -> Marker.of(form, text)).forEach(markers::add);
    }
    return new Markers(markers);
  }

  /** Returns those inside of thinking, where a call begins by its tag alone. */
  static Markers inThinking(Dialect dialect) {
    List<Marker> markers = thinking(dialect);
    for (CallForm form : dialect.forms()) {
      if (!form.atLineStart() && !form.declaredOnly()) {
        markers.add(Marker.of(form, form.opener()));
      }
    }
    return new Markers(markers);
  }

  private static List<Marker> thinking(Dialect dialect) {
    List<Marker> markers = new ArrayList<>();
    for (ThinkingTags tags : dialect.thinkingTags()) {
      markers.add(new Marker(Kind.THINKING, tags.opener(), List.of()));
      markers.add(new Marker(Kind.END_OF_THINKING, tags.closer(), List.of()));
    }
    return markers;
  }

  /** Returns whether one may begin with this character. */
  boolean mayBeginWith(char c, boolean atLineStart) {
    return (atLineStart ? lineBeginnings : beginnings).get(c);
  }

  /** Returns whether this may become one, or a longer one. */
  boolean mayBecomeMarker(CharSequence text, Surroundings place) {
    for (Marker marker : markers) {
      if (Tags.isPartOf(text, marker.text()) && marker.appliesAt(place)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the longest one that this begins with, with all forms that it opens, or null. */
  @Nullable Marker longestAt(CharSequence text, Surroundings place) {
    Marker longest = null;
    for (Marker marker : markers) {
      int length = marker.text().length();
      if (Tags.beginsWith(text, marker.text())
          && marker.appliesAt(place)
          && (longest == null || longest.text().length() <= length)) {
        boolean both =
            longest != null
                && longest.text().length() == length
                && longest.kind() == Kind.CALL
                && marker.kind() == Kind.CALL;
        longest =
            new Marker(
                marker.kind(),
                text.subSequence(0, length).toString(),
                forms(both && longest != null ? longest.forms() : List.of(), marker, place));
      }
    }
    return longest;
  }

  private static List<CallForm> forms(List<CallForm> others, Marker marker, Surroundings place) {
    List<CallForm> forms = new ArrayList<>(others);
    marker.forms().stream().filter(place::allows).forEach(forms::add);
    return forms;
  }
}
