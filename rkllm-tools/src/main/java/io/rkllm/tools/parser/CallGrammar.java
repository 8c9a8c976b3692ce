package io.rkllm.tools.parser;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How one kind of block of tool calls is written: an opener, a header, one or more objects, a
 * closer.
 *
 * @param opener what begins a block
 * @param closer what ends it; null if nothing does
 * @param header what may stand between the opener and the first object. A group {@code name} in it
 *     says that the name of the tool stands there and the object is its arguments
 * @param atLineStart whether the opener counts at the beginning of a line alone
 * @param openerIsContent whether the opener is the beginning of the object itself
 * @param declaredOnly whether an object is a call only if its name is that of a declared tool
 */
record CallGrammar(
    String opener,
    @Nullable String closer,
    Pattern header,
    boolean atLineStart,
    boolean openerIsContent,
    boolean declaredOnly) {
  /** Blanks, or the beginning of a fence. */
  private static final Pattern BLANK_OR_FENCE = Pattern.compile("\\s*(```[a-z]*\\s*)?");

  private static final Pattern FENCE_LANGUAGE =
      Pattern.compile("(json|tool|tool_call|tool_code)?\\s*");

  private static final Pattern BLANK = Pattern.compile("\\s*");

  /** An object alone, or a list of them. */
  static final CallGrammar BARE_OBJECT = bare("{");

  static final CallGrammar BARE_LIST = bare("[");

  /** An object or a list in a fence of backticks. */
  static final CallGrammar FENCED =
      new CallGrammar("```", "```", FENCE_LANGUAGE, true, false, true);

  /** Objects with name and arguments between two tags. */
  static CallGrammar tagged(String opener, String closer) {
    return new CallGrammar(opener, closer, BLANK_OR_FENCE, false, false, false);
  }

  /** Objects with name and arguments, or a list of them, behind a tag. */
  static CallGrammar tagged(String opener) {
    return new CallGrammar(opener, null, BLANK, false, false, false);
  }

  /** Objects as those of {@link #tagged(String)}, behind a word that begins a line. */
  static CallGrammar keyword(String keyword) {
    return new CallGrammar(keyword, null, BLANK, true, false, false);
  }

  /** A header that names the tool, then its arguments. */
  static CallGrammar named(String opener, @Nullable String closer, Pattern header) {
    return new CallGrammar(opener, closer, header, false, false, false);
  }

  private static CallGrammar bare(String opener) {
    return new CallGrammar(opener, null, BLANK, true, true, true);
  }

  /** Whether a header may begin so. */
  @SuppressWarnings("JdkObsolete") // hitEnd is for streams, and this is one
  boolean mayBegin(CharSequence text) {
    Matcher matcher = header.matcher(text);
    return matcher.matches() || matcher.hitEnd();
  }

  /** Whether this is a whole header; otherwise what follows is not a call. */
  boolean isHeader(CharSequence text) {
    return header.matcher(text).matches();
  }

  /** The name of the tool that a header calls, or null where it names none. */
  @Nullable String nameIn(CharSequence text) {
    Matcher matcher = header.matcher(text);
    return matcher.matches() && header.namedGroups().containsKey("name")
        ? matcher.group("name")
        : null;
  }
}
