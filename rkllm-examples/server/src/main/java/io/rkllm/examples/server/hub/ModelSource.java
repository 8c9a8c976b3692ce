package io.rkllm.examples.server.hub;

import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A source of models, such as {@link HuggingFaceHub#pull}. */
public interface ModelSource {

  /** Pulls a model into the store. Blocks until it is installed. */
  StoredModel pull(
      String reference, @Nullable String name, ModelStore store, Consumer<PullProgress> progress)
      throws InterruptedException;
}
