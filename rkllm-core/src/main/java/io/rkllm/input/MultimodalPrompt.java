package io.rkllm.input;

import io.rkllm.internal.check.Check;
import io.rkllm.internal.check.LiteralTags;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A text with images, videos or audio clips ({@code RKLLM_INPUT_MULTIMODAL}). The text contains the
 * placeholder {@code <image>}, {@code <video>} or {@code <audio>} in the position of each. Requires
 * a model that was loaded with {@code RkllmModel.Builder.imageTags}, {@code videoTags} or {@code
 * audioTags}. The model's template is applied to the text.
 *
 * <pre>{@code
 * Images photo = Images.of(encoder.encode(file), 896, 196, 392, 392);
 * model.generate(MultimodalPrompt.of("<image>What is this?", photo));
 * }</pre>
 *
 * @param text the text, with one placeholder for each image, video and clip
 * @param images the images, or null
 * @param videos the videos, or null; requires runtime release 1.3.0 or later
 * @param audio the audio clips, or null; requires runtime release 1.3.1 or later
 * @param role the role of the author: {@link Role#USER} or {@link Role#TOOL}
 * @param thinking whether the model should think before it answers
 */
public record MultimodalPrompt(
    String text,
    @Nullable Images images,
    @Nullable Videos videos,
    @Nullable Audio audio,
    Role role,
    boolean thinking)
    implements Input {

  /**
   * Creates a prompt.
   *
   * @throws IllegalArgumentException if there are no media, or the number of placeholders of a kind
   *     differs from the number of its media
   */
  public MultimodalPrompt {
    Check.nonEmptyText("prompt", text);
    Check.promptRole(role);
    if (images == null && videos == null && audio == null) {
      throw new IllegalArgumentException(
          "a multimodal prompt needs images, videos or audio; use TextPrompt for plain text");
    }
    checkPlaceholders(text, "<image>", "images", images);
    checkPlaceholders(text, "<video>", "videos", videos);
    checkPlaceholders(text, "<audio>", "audio clips", audio);
  }

  /** Returns a user's prompt with images, without thinking. */
  public static MultimodalPrompt of(String text, Images images) {
    Check.nonNull("images", images);
    return new MultimodalPrompt(text, images, null, null, Role.USER, false);
  }

  /** Returns a user's prompt with videos, without thinking. */
  public static MultimodalPrompt of(String text, Videos videos) {
    Check.nonNull("videos", videos);
    return new MultimodalPrompt(text, null, videos, null, Role.USER, false);
  }

  /** Returns a user's prompt with audio clips, without thinking. */
  public static MultimodalPrompt of(String text, Audio audio) {
    Check.nonNull("audio", audio);
    return new MultimodalPrompt(text, null, null, audio, Role.USER, false);
  }

  /**
   * Escapes placeholders in text that was typed by a user: inserts a space after the {@code <} of
   * each {@code <image>}, {@code <video>} and {@code <audio>}, so that it is not a placeholder.
   */
  public static String escape(String text) {
    return LiteralTags.neutralize(Check.nonNull("text", text));
  }

  /** Returns a copy of this prompt with thinking enabled or disabled. */
  public MultimodalPrompt withThinking(boolean thinking) {
    return new MultimodalPrompt(text, images, videos, audio, role, thinking);
  }

  /** Returns the media of this prompt: images, videos and audio, in this order. */
  public List<Media> media() {
    return Stream.of(images, videos, audio)
        .filter(Objects::nonNull)
        .<Media>map(media -> media)
        .toList();
  }

  private static void checkPlaceholders(
      String text, String placeholder, String what, @Nullable Media media) {
    int expected = media == null ? 0 : media.count();
    int found = 0;
    for (int at = text.indexOf(placeholder); at >= 0; ) {
      found++;
      at = text.indexOf(placeholder, at + placeholder.length());
    }
    if (found != expected) {
      throw new IllegalArgumentException(
          "the prompt contains %d %s but was given %d %s; write one %s for each, and escape the text that users typed (MultimodalPrompt.escape)"
              .formatted(found, placeholder, expected, what, placeholder));
    }
  }
}
