package io.rkllm.tools.parser;

import io.rkllm.tools.internal.Check;
import org.jspecify.annotations.Nullable;

/**
 * The syntax of one kind of block of tool calls: an opener, one or more calls in a {@link
 * CallSyntax}, and perhaps a closer.
 *
 * <pre>{@code
 * CallForm.behind("<tool_call>", CallSyntax.JSON).closedBy("</tool_call>")
 * }</pre>
 *
 * <p>Several forms may share an opener. The first form whose syntax matches the text after the
 * opener is used; if none matches, the opener is text.
 *
 * <p>Immutable.
 *
 * @since 0.1.0
 */
public final class CallForm {
  private final String opener;
  private final Place place;
  private final CallSyntax syntax;
  private final @Nullable String closer;
  private final boolean closerOptional;
  private final boolean declaredOnly;
  private final boolean readInCode;

  /** The position in which an opener is recognized. */
  private enum Place {
    /** Anywhere. */
    ANYWHERE,
    /** At the beginning of a line. */
    LINE_START,
    /** At the beginning of a line, and it is the first character of the call itself. */
    CONTENT,
    /** The name of a declared tool at the beginning of a line. */
    TOOL_NAME
  }

  private CallForm(
      String opener,
      Place place,
      CallSyntax syntax,
      @Nullable String closer,
      boolean closerOptional,
      boolean declaredOnly,
      boolean readInCode) {
    this.opener = opener;
    this.place = place;
    this.syntax = syntax;
    this.closer = closer;
    this.closerOptional = closerOptional;
    this.declaredOnly = declaredOnly;
    this.readInCode = readInCode;
  }

  /**
   * Returns a form whose blocks begin with a tag in any position.
   *
   * @throws IllegalArgumentException if the opener is empty
   */
  public static CallForm behind(String opener, CallSyntax syntax) {
    return of(Check.nonEmptyText("opener", opener), Place.ANYWHERE, syntax, false);
  }

  /**
   * Returns a form whose blocks begin with a word at the beginning of a line.
   *
   * @throws IllegalArgumentException if the opener is empty
   */
  public static CallForm atLineStart(String opener, CallSyntax syntax) {
    return of(Check.nonEmptyText("opener", opener), Place.LINE_START, syntax, false);
  }

  /**
   * Returns a form whose blocks begin with the name of a declared tool at the beginning of a line,
   * followed by the text that the syntax reads.
   */
  public static CallForm behindToolName(CallSyntax syntax) {
    return of("", Place.TOOL_NAME, syntax, true);
  }

  /** Returns a form without a tag: its opener is the first character of the call. */
  static CallForm bare(String opener, CallSyntax syntax) {
    return of(opener, Place.CONTENT, syntax, true);
  }

  private static CallForm of(String opener, Place place, CallSyntax syntax, boolean declaredOnly) {
    return new CallForm(
        opener, place, Check.nonNull("syntax", syntax), null, false, declaredOnly, false);
  }

  /**
   * Returns this form with a tag that ends a block. Where it is missing, that is a {@linkplain
   * io.rkllm.tools.event.Repair#MISSING_TAG repair}. The first character of the tag must not occur
   * in it again.
   *
   * @throws IllegalArgumentException if the closer is empty
   */
  public CallForm closedBy(String closer) {
    return new CallForm(
        opener,
        place,
        syntax,
        Check.nonEmptyText("closer", closer),
        false,
        declaredOnly,
        readInCode);
  }

  /**
   * Returns this form with a tag that may end a block and may as well be missing.
   *
   * @throws IllegalArgumentException if the closer is empty
   */
  public CallForm optionallyClosedBy(String closer) {
    return new CallForm(
        opener,
        place,
        syntax,
        Check.nonEmptyText("closer", closer),
        true,
        declaredOnly,
        readInCode);
  }

  /**
   * Returns a form like this one, in which only calls of {@linkplain ParserOptions#tools declared
   * tools} are calls, and all others are text.
   */
  public CallForm ofDeclaredTools() {
    return new CallForm(opener, place, syntax, closer, closerOptional, true, readInCode);
  }

  /** Returns this form, but read inside fences of code too. */
  CallForm alsoInCode() {
    return new CallForm(opener, place, syntax, closer, closerOptional, declaredOnly, true);
  }

  /** Returns the opener of a block; empty if the name of a tool is the opener. */
  String opener() {
    return opener;
  }

  boolean atLineStart() {
    return place != Place.ANYWHERE;
  }

  boolean openerIsContent() {
    return place == Place.CONTENT;
  }

  boolean openerIsToolName() {
    return place == Place.TOOL_NAME;
  }

  boolean readInCode() {
    return readInCode;
  }

  CallSyntax syntax() {
    return syntax;
  }

  /** Returns the closer of a block, or null if there is none. */
  @Nullable String closer() {
    return closer;
  }

  boolean closerMissing() {
    return closer != null && !closerOptional;
  }

  boolean declaredOnly() {
    return declaredOnly;
  }
}
