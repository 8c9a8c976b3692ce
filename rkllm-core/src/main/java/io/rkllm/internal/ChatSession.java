package io.rkllm.internal;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceSession;
import io.rkllm.input.TextPrompt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** A session of a loaded model. */
final class ChatSession implements InferenceSession {
  private final LoadedModel model;
  private final Conversations.History history;
  private final Set<GenerationTask> unfinished = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  ChatSession(LoadedModel model, Conversations.History history) {
    this.model = model;
    this.history = history;
  }

  @Override
  public Generation generate(TextPrompt prompt, GenerationOptions options) {
    Check.nonNull("prompt", prompt);
    Check.nonNull("options", options);
    refuseClosed();
    ModelGeneration generation = model.start(history.next(prompt, options), options);
    GenerationTask task = generation.task();
    unfinished.add(task);
    var _ = task.ended().whenComplete((result, thrown) -> unfinished.remove(task));
    if (closed.get()) {
      task.stop(Stop.CANCELLED); // close() may have looked just before
    }
    return generation;
  }

  @Override
  public void clear() {
    refuseClosed();
    history.clear();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      unfinished.forEach(task -> task.stop(Stop.CANCELLED));
      history.close();
    }
  }

  private void refuseClosed() {
    if (closed.get()) {
      throw new IllegalStateException(
          "the session is closed; open another with RkllmModel.openSession()");
    }
    model.refuseClosed();
  }
}
