package io.rkllm.examples.server.model;

import io.rkllm.LoraAdapter;
import io.rkllm.RkllmModel;
import io.rkllm.examples.server.store.StoredModel;
import java.util.Map;

/**
 * A loaded model. The pool knows the runtime by this class and {@link ModelLoader} alone: a runtime
 * in a process of its own, which can be ended at any time, would take their place.
 *
 * @param stored the files that it was loaded from
 * @param model the model
 * @param renderer renders conversations for it
 * @param loras its LoRA adapters by name; the first one is used where a request names none
 */
public record ServedModel(
    StoredModel stored, RkllmModel model, PromptRenderer renderer, Map<String, LoraAdapter> loras)
    implements AutoCloseable {

  /** Returns the name of the model. */
  public String name() {
    return stored.name();
  }

  /** Returns whether native code has not returned from a run that was stopped. */
  boolean isUnresponsive() {
    return model.isUnresponsive();
  }

  /**
   * Unloads the model. Blocks until the runtime has freed it, or for the SDK's close timeout. What
   * waits in its queue fails at once.
   */
  @Override
  public void close() {
    try (renderer) {
      model.close();
    }
  }
}
