package io.rkllm.tools.parser;

/**
 * The text before a position in an answer, used to decide whether a tag there is a tag or only
 * quoted.
 *
 * <ul>
 *   <li>A call is text if its opener is in code (after an odd number of backticks on its line, or
 *       in a code fence) or directly after a quotation mark. Exempt are a fence that begins the
 *       answer and has nothing before the call, and, for dialects with JSON without tags, JSON at
 *       the beginning of a fence.
 *   <li>A thinking tag is text if it is between two quotation marks or, outside of thinking, in the
 *       middle of a sentence: between two blanks or before punctuation.
 *   <li>A control token is text if it is between two quotation marks.
 * </ul>
 */
final class Surroundings {
  private static final String QUOTES = "\"'`“”‘’«»「」";
  private static final String PUNCTUATION = ",.;:!?)]}";
  private static final String SENTENCE_ENDS = ".!?:;>。！？：；";

  private boolean atLineStart = true;
  private char previous = '\n';
  private char lastWord = '.'; // the last character that is not a blank
  private int backticks; // on this line
  private boolean inFence;
  private boolean fenceBeginsAnswer;
  private boolean fenceIsEmpty;
  private boolean inFenceLine; // which opens or closes a fence
  private boolean onlyBackticks; // since the line began
  private boolean nothingYet = true; // but blanks and calls

  /** Takes the next character of text or thinking. */
  void accept(char c) {
    boolean blank = isBlank(c);
    boolean wasLineStart = atLineStart;
    if (c == '`' && (wasLineStart || (backticks > 0 && previous == '`' && onlyBackticks))) {
      onlyBackticks = true;
    } else if (!blank || c == '\n') {
      onlyBackticks = false;
    }
    atLineStart = c == '\n' || (atLineStart && blank);
    if (c == '\n') {
      backticks = 0;
      inFenceLine = false;
    } else if (c == '`') {
      backticks++;
      if (onlyBackticks && backticks == 3) {
        fence();
      }
    }
    if (!blank) {
      lastWord = c;
      if (!inFenceLine && !onlyBackticks) {
        nothingYet = false;
        fenceBeginsAnswer = false;
        fenceIsEmpty = false;
      }
    }
    previous = c;
  }

  private void fence() {
    inFenceLine = true;
    backticks = 0;
    inFence = !inFence;
    fenceBeginsAnswer = inFence && nothingYet;
    fenceIsEmpty = inFence;
  }

  /** Restarts after a tag or a block of calls. */
  void restart() {
    atLineStart = true;
    previous = '\n';
    lastWord = '.';
    backticks = 0;
    onlyBackticks = false;
    inFenceLine = false;
  }

  boolean atLineStart() {
    return atLineStart;
  }

  /** Returns whether a call of this form may begin here. */
  boolean allows(CallForm form) {
    if (form.atLineStart() && !atLineStart) {
      return false;
    }
    if (form.readInCode()) {
      return !inFence || fenceIsEmpty;
    }
    boolean inCode = (inFence && !fenceBeginsAnswer) || backticks % 2 == 1;
    return !inCode && QUOTES.indexOf(previous) < 0;
  }

  /** Returns whether it depends on the next character if a tag of thinking here is meant. */
  boolean mayBeTalkedAbout(boolean inThinking) {
    if (atLineStart) {
      return false;
    }
    return QUOTES.indexOf(previous) >= 0
        || (!inThinking && isBlank(previous) && SENTENCE_ENDS.indexOf(lastWord) < 0);
  }

  /** Returns whether a tag that may be talked about is, if this character follows it. */
  boolean isTalkedAbout(char next) {
    if (QUOTES.indexOf(previous) >= 0) {
      return QUOTES.indexOf(next) >= 0;
    }
    return (isBlank(next) && next != '\n')
        || QUOTES.indexOf(next) >= 0
        || PUNCTUATION.indexOf(next) >= 0;
  }

  /** Returns whether a control token here may be quoted, which {@link #isTalkedAbout} decides. */
  boolean mayBeQuoted() {
    return QUOTES.indexOf(previous) >= 0;
  }

  static boolean isBlank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
  }
}
