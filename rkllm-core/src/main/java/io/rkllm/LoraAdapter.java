package io.rkllm;

import java.nio.file.Path;

/**
 * A LoRA adapter that was loaded into a model, chosen for a run with {@code
 * GenerationOptions.Builder.lora}. It lives as long as its model: the runtime knows no unload.
 * Immutable.
 */
public interface LoraAdapter {
  /** The name it was loaded under. */
  String name();

  /** The file it was loaded from, absolute. */
  Path file();

  /** Its strength; 0 leaves the base model as it is. */
  float scale();
}
