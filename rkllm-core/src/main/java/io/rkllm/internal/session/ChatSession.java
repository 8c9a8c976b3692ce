package io.rkllm.internal.session;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceSession;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.run.Answer;
import io.rkllm.internal.run.ModelGeneration;
import io.rkllm.internal.run.Stop;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** A session of a loaded model. */
public final class ChatSession implements InferenceSession {
  private final SessionRuns runs;
  private final Conversations.History history;
  private final Set<Answer> unfinished = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  public ChatSession(SessionRuns runs, Conversations.History history) {
    this.runs = runs;
    this.history = history;
  }

  @Override
  public Generation generate(Input input, GenerationOptions options) {
    Check.nonNull("input", input);
    Check.nonNull("options", options);
    refuseClosed();
    return track(runs.start(input, history.next(input), options));
  }

  @Override
  public Generation generate(Conversation added, GenerationOptions options) {
    Check.nonNull("added", added);
    Check.nonNull("options", options);
    refuseClosed();
    return track(runs.start(history.next(added), options));
  }

  private Generation track(ModelGeneration generation) {
    Answer answer = generation.answer();
    unfinished.add(answer);
    var _ = answer.ended().whenComplete((result, thrown) -> unfinished.remove(answer));
    if (closed.get()) {
      answer.stop(Stop.CANCELLED); // close() may have checked just before
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
      try {
        unfinished.forEach(answer -> answer.stop(Stop.CANCELLED));
      } finally { // the heap may be full, and nothing else would close it
        history.close();
      }
    }
  }

  @Override
  public List<ChatMessage> history() {
    return history.messages();
  }

  /** Returns a string such as {@code InferenceSession[open, 1 turns in progress]}. */
  @Override
  public String toString() {
    return "InferenceSession[%s, %d turns in progress]"
        .formatted(closed.get() ? "closed" : "open", unfinished.size());
  }

  private void refuseClosed() {
    if (closed.get()) {
      throw new IllegalStateException(
          "the session is closed; open another with RkllmModel.openSession()");
    }
    runs.refuseClosed("a session's method");
  }
}
