package io.rkllm.examples.server.model;

import io.rkllm.LoraAdapter;
import io.rkllm.RkllmModel;
import io.rkllm.examples.server.store.StoredModel;
import java.util.Map;

/**
 * A loaded model. The pool uses the runtime only through this class and {@link ModelLoader}, so
 * that they could be replaced by a runtime in a separate process, which can be ended at any time.
 *
 * @param stored the files that it was loaded from
 * @param model the model
 * @param renderer renders conversations for the model
 * @param loras its LoRA adapters by name; the first one is used if a request names none
 */
public record ServedModel(
    StoredModel stored, RkllmModel model, PromptRenderer renderer, Map<String, LoraAdapter> loras)
    implements AutoCloseable {

  /** Returns the name of the model. */
  public String name() {
    return stored.name();
  }

  /** Returns whether native code has not returned from a stopped run. */
  boolean isUnresponsive() {
    return model.isUnresponsive();
  }

  /**
   * Unloads the model. Blocks until the runtime has freed it, which may be never. Requests in its
   * queue fail immediately.
   */
  @Override
  public void close() {
    try (renderer) {
      model.close();
    }
  }
}
