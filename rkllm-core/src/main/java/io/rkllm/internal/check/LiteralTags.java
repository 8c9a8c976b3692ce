package io.rkllm.internal.check;

/**
 * The tags that stand for media in a prompt: {@code <image>}, {@code <video>} and {@code <audio>}.
 * The runtime looks for them in every text and takes each as a place for embeddings; without
 * embeddings to go there, it reads past those it was given.
 */
public final class LiteralTags {
  private LiteralTags() {}

  /**
   * Returns the text with a space after the {@code <} of each tag, as in {@code < image>}, so that
   * the runtime takes it as text. Only the exact spelling in lower case is a tag. Since spaces are
   * only added, no new tag can come about.
   */
  public static String neutralize(String text) {
    return text.replace("<image>", "< image>")
        .replace("<video>", "< video>")
        .replace("<audio>", "< audio>");
  }
}
