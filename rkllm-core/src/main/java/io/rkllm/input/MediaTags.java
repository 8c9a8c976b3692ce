package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * The special tokens with which a model family encloses and represents an image, a video or an
 * audio clip: {@code img_start}, {@code img_end} and {@code img_content} of {@code RKLLMParam} in
 * release 1.2; {@code image_start}, {@code video_start}, {@code audio_start} and so on of {@code
 * RKLLMMultiModalInput} from release 1.3.0 on.
 *
 * @param start the token before the item; possibly empty
 * @param end the token after the item; possibly empty
 * @param content the token that stands for each embedding of the item
 */
public record MediaTags(String start, String end, String content) {
  /** The tags for images of Qwen2-VL, Qwen2.5-VL and Qwen3-VL. */
  public static final MediaTags QWEN_VL_IMAGE =
      new MediaTags("<|vision_start|>", "<|vision_end|>", "<|image_pad|>");

  /** The tags for videos of Qwen2-VL, Qwen2.5-VL and Qwen3-VL. */
  public static final MediaTags QWEN_VL_VIDEO =
      new MediaTags("<|vision_start|>", "<|vision_end|>", "<|video_pad|>");

  /** The tags for images of InternVL. */
  public static final MediaTags INTERN_VL_IMAGE = new MediaTags("<img>", "</img>", "<IMG_CONTEXT>");

  /** The tags for images of Gemma 4. */
  public static final MediaTags GEMMA_4_IMAGE = new MediaTags("<|image>", "<image|>", "<|image|>");

  /** The tags for audio clips of Gemma 4. */
  public static final MediaTags GEMMA_4_AUDIO = new MediaTags("<|audio>", "<audio|>", "<|audio|>");

  /** The tags for images of DeepSeek-OCR. */
  public static final MediaTags DEEPSEEK_OCR_IMAGE = new MediaTags("", "", "<｜▁pad▁｜>");

  /**
   * Creates tags.
   *
   * @throws IllegalArgumentException if a text contains a NUL character or an unpaired surrogate,
   *     or the content tag is empty
   */
  public MediaTags {
    Check.text("start", start);
    Check.text("end", end);
    Check.nonEmptyText("content", content);
  }
}
