package io.rkllm.langchain4j;

import io.rkllm.RkllmModel;
import org.jspecify.annotations.Nullable;

/**
 * A model, and whether it belongs to the object that uses it. Closing it leaves a shared one open.
 */
record ModelSource(RkllmModel model, boolean owned) implements AutoCloseable {

  /**
   * Returns the shared model, or loads the other one.
   *
   * @throws IllegalArgumentException if neither was given
   */
  static ModelSource of(@Nullable RkllmModel shared, RkllmModel.@Nullable Builder own) {
    if (own != null) {
      return new ModelSource(own.load(), true);
    }
    if (shared != null) {
      return new ModelSource(shared, false);
    }
    throw new IllegalArgumentException("no model was given; call model or load");
  }

  @Override
  public void close() {
    if (owned) {
      model.close();
    }
  }
}
