package io.rkllm.examples.server.model;

import io.rkllm.LoraAdapter;
import io.rkllm.RkllmModel;
import io.rkllm.examples.server.store.StoredModel;
import java.util.Map;

/**
 * A loaded model.
 *
 * @param stored what it was loaded from
 * @param model the model
 * @param renderer how conversations are written for it
 * @param loras its LoRA adapters, by name; the first one answers where a request names none
 */
public record ServedModel(
    StoredModel stored, RkllmModel model, PromptRenderer renderer, Map<String, LoraAdapter> loras)
    implements AutoCloseable {

  /** What it is called. */
  public String name() {
    return stored.name();
  }

  /** Unloads it. Blocks until the runtime has freed it. */
  @Override
  public void close() {
    try (renderer) {
      model.close();
    }
  }
}
