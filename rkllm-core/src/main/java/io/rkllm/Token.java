package io.rkllm;

/**
 * One generated token.
 *
 * @param id its number in the model's vocabulary; {@link #NO_ID} for the replacement character that
 *     stands for bytes left over at the end
 * @param text the whole characters that became complete with it; empty while a character is still
 *     unfinished
 */
public record Token(int id, String text) {
  /** The id of a token that the model did not generate. */
  public static final int NO_ID = -1;
}
