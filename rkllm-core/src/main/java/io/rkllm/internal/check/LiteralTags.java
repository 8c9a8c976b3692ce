package io.rkllm.internal.check;

/**
 * The tags that stand for media in a prompt: {@code <image>}, {@code <video>} and {@code <audio>}.
 * The runtime searches every text for them and replaces each with embeddings. If there are no
 * embeddings, it reads beyond the end of its input.
 */
public final class LiteralTags {
  private LiteralTags() {}

  /**
   * Returns the text with a space after the {@code <} of each tag, as in {@code < image>}, so that
   * the runtime treats it as text. Only the exact lower-case spelling is a tag. Inserting spaces
   * cannot create a new tag.
   */
  public static String neutralize(String text) {
    return text.replace("<image>", "< image>")
        .replace("<video>", "< video>")
        .replace("<audio>", "< audio>");
  }
}
