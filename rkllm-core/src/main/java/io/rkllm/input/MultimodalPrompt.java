package io.rkllm.input;

import io.rkllm.internal.Check;
import org.jspecify.annotations.Nullable;

/**
 * A text with images or videos: {@code RKLLM_INPUT_MULTIMODAL}. The text has {@code <image>} where
 * an image belongs and {@code <video>} where a video does. Needs a model that was loaded with
 * {@code RkllmModel.Builder.imageTags} or {@code videoTags}; its template wraps the text.
 *
 * <pre>{@code
 * Images photo = Images.of(encoder.encode(file), 896, 196, 392, 392);
 * model.generate(MultimodalPrompt.of("<image>What is this?", photo));
 * }</pre>
 *
 * @param text the text, with as many tags as there are images and videos
 * @param images the images, or null
 * @param videos the videos, or null
 * @param role who says it: {@link Role#USER} or {@link Role#TOOL}
 * @param thinking whether the model should think before it answers
 */
public record MultimodalPrompt(
    String text, @Nullable Images images, @Nullable Videos videos, Role role, boolean thinking)
    implements Input {
  private static final String IMAGE = "<image>";
  private static final String VIDEO = "<video>";

  /**
   * Checks that text, images and videos belong together.
   *
   * @throws IllegalArgumentException if there are neither images nor videos, or not one tag in the
   *     text for each of them
   */
  public MultimodalPrompt {
    Check.nonEmptyText("prompt", text);
    Check.promptRole(role);
    if (images == null && videos == null) {
      throw new IllegalArgumentException(
          "a multimodal prompt needs images or videos; use TextPrompt for text alone");
    }
    checkTags(text, IMAGE, "images", images == null ? 0 : images.count());
    checkTags(text, VIDEO, "videos", videos == null ? 0 : videos.count());
  }

  /** A user's text with images, without thinking. */
  public static MultimodalPrompt of(String text, Images images) {
    return new MultimodalPrompt(text, Check.nonNull("images", images), null, Role.USER, false);
  }

  /** A user's text with videos, without thinking. */
  public static MultimodalPrompt of(String text, Videos videos) {
    return new MultimodalPrompt(text, null, Check.nonNull("videos", videos), Role.USER, false);
  }

  /** The same with thinking switched on or off. */
  public MultimodalPrompt withThinking(boolean thinking) {
    return new MultimodalPrompt(text, images, videos, role, thinking);
  }

  private static void checkTags(String text, String tag, String what, int expected) {
    int found = 0;
    for (int at = text.indexOf(tag); at >= 0; at = text.indexOf(tag, at + tag.length())) {
      found++;
    }
    if (found != expected) {
      throw new IllegalArgumentException(
          "the prompt has "
              + found
              + " times "
              + tag
              + " for "
              + expected
              + " "
              + what
              + "; it needs one for each");
    }
  }
}
