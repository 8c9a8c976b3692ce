package io.rkllm.internal;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceSession;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** A session of a loaded model. */
final class ChatSession implements InferenceSession {
  private final LoadedModel model;
  private final Conversations.History history;
  private final Set<Answer> unfinished = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  ChatSession(LoadedModel model, Conversations.History history) {
    this.model = model;
    this.history = history;
  }

  @Override
  public Generation generate(Input input, GenerationOptions options) {
    Check.nonNull("input", input);
    Check.nonNull("options", options);
    refuseClosed();
    return track(model.start(input, history.next(input), options));
  }

  @Override
  public Generation generate(Conversation added, GenerationOptions options) {
    Check.nonNull("added", added);
    Check.nonNull("options", options);
    refuseClosed();
    return track(model.start(history.next(added), options));
  }

  private Generation track(ModelGeneration generation) {
    Answer answer = generation.answer();
    unfinished.add(answer);
    var _ = answer.ended().whenComplete((result, thrown) -> unfinished.remove(answer));
    if (closed.get()) {
      answer.stop(Stop.CANCELLED); // close() may have looked just before
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
      unfinished.forEach(answer -> answer.stop(Stop.CANCELLED));
      history.close();
    }
  }

  private void refuseClosed() {
    if (closed.get()) {
      throw new IllegalStateException(
          "the session is closed; open another with RkllmModel.openSession()");
    }
    model.refuseClosed("a session's method");
  }
}
