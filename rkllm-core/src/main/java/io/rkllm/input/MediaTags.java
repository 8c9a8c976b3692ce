package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * The special tokens that a family of models has around and in place of an image, a video or an
 * audio clip: {@code img_start}, {@code img_end} and {@code img_content} of {@code RKLLMParam} on
 * 1.2; {@code image_start}, {@code video_start}, {@code audio_start} and so on of {@code
 * RKLLMMultiModalInput} from 1.3.0 on.
 *
 * @param start the token before it; may be empty
 * @param end the token after it; may be empty
 * @param content the token in the place of each of its embeddings
 */
public record MediaTags(String start, String end, String content) {
  /** Images of Qwen2-VL, Qwen2.5-VL and Qwen3-VL. */
  public static final MediaTags QWEN_VL_IMAGE =
      new MediaTags("<|vision_start|>", "<|vision_end|>", "<|image_pad|>");

  /** Videos of Qwen2-VL, Qwen2.5-VL and Qwen3-VL. */
  public static final MediaTags QWEN_VL_VIDEO =
      new MediaTags("<|vision_start|>", "<|vision_end|>", "<|video_pad|>");

  /** Images of InternVL. */
  public static final MediaTags INTERN_VL_IMAGE = new MediaTags("<img>", "</img>", "<IMG_CONTEXT>");

  /** Images of Gemma 4. */
  public static final MediaTags GEMMA_4_IMAGE = new MediaTags("<|image>", "<image|>", "<|image|>");

  /** Audio clips of Gemma 4. */
  public static final MediaTags GEMMA_4_AUDIO = new MediaTags("<|audio>", "<audio|>", "<|audio|>");

  /** Images of DeepSeek-OCR. */
  public static final MediaTags DEEPSEEK_OCR_IMAGE = new MediaTags("", "", "<｜▁pad▁｜>");

  /**
   * Checks the texts.
   *
   * @throws IllegalArgumentException if one has a NUL character or a lone surrogate, or the content
   *     tag is empty
   */
  public MediaTags {
    Check.text("start", start);
    Check.text("end", end);
    Check.nonEmptyText("content", content);
  }
}
