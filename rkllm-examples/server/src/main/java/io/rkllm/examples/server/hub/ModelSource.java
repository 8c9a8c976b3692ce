package io.rkllm.examples.server.hub;

import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where models are fetched from; the hub, as {@link HuggingFaceHub#pull} has it. */
public interface ModelSource {

  /** Fetches a model into the store. Blocks until it is there. */
  StoredModel pull(
      String reference, @Nullable String name, ModelStore store, Consumer<PullProgress> progress)
      throws InterruptedException;
}
