package io.rkllm;

import java.nio.file.Path;

/**
 * A LoRA adapter that was loaded into a model. {@code GenerationOptions.Builder.lora} selects it
 * for a run. An adapter stays loaded until the model is closed, because the runtime cannot unload
 * it. Immutable.
 */
public interface LoraAdapter {
  /** Returns the name that the adapter was loaded with. */
  String name();

  /** Returns the absolute path of the file that the adapter was loaded from. */
  Path file();

  /** Returns the strength of the adapter; 0 leaves the base model unchanged. */
  float scale();
}
