package io.rkllm.examples.server.chat;

import io.rkllm.InferenceTimeoutException;
import io.rkllm.examples.server.model.ModelLease;
import io.rkllm.examples.server.model.PoolClosedException;
import io.rkllm.tools.event.ChatEvent;
import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An answer that tolerates a model that does not respond or is closed. It starts again if its model
 * was replaced or closed before anything was generated, and ends at its deadline even if native
 * code does not return.
 */
final class RetriedAnswer implements ChatAnswer {
  /** The time allowed for the SDK to end a generation whose deadline has passed. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final Supplier<Attempt> begin;
  private final Deadline deadline;
  private volatile Attempt current;
  private boolean given; // used by the reader
  private boolean cancelled; // guarded by this
  private @Nullable Thread leasing; // guarded by this

  /** An answer and the lease on the model that generates it. */
  record Attempt(ModelLease lease, ChatAnswer answer) {}

  /**
   * Begins the answer. Blocks while its model is leased.
   *
   * @param begin begins an attempt
   */
  RetriedAnswer(Supplier<Attempt> begin, Deadline deadline) {
    this.begin = begin;
    this.deadline = deadline;
    current = begin.get();
  }

  @Override
  public String model() {
    return current.answer().model();
  }

  @Override
  public Set<String> ignored() {
    return current.answer().ignored();
  }

  @Override
  public boolean isKnownToFit() {
    return current.answer().isKnownToFit();
  }

  @Override
  public @Nullable ChatEvent next(Duration wait) {
    while (true) {
      try {
        ChatEvent event = current.answer().next(wait);
        if (event == null && deadline.hasPassedBy(GRACE)) {
          throw new InferenceTimeoutException(
              "the runtime has not ended the generation in time",
              "rkllm_run",
              deadline.timeout(),
              "");
        }
        given |= event != null;
        return event;
      } catch (RuntimeException thrown) {
        if (given || !current.lease().lostItsModel(thrown) || deadline.hasPassedBy(Duration.ZERO)) {
          throw thrown;
        }
        try {
          beginAgain();
        } catch (PoolClosedException _) { // the server is stopping
          throw thrown;
        }
      }
    }
  }

  private void beginAgain() {
    current.answer().close();
    synchronized (this) {
      leasing = Thread.currentThread();
      if (cancelled) {
        leasing.interrupt(); // by the caller of cancel() before the wait began
      }
    }
    try {
      current = begin.get();
    } finally {
      synchronized (this) {
        leasing = null;
        if (cancelled) {
          boolean _ = Thread.interrupted(); // the response can still be sent
          current.answer().cancel();
        }
      }
    }
  }

  @Override
  public AnswerEnd end() {
    return current.answer().end();
  }

  @Override
  public synchronized void cancel() {
    cancelled = true;
    current.answer().cancel();
    if (leasing != null) {
      leasing.interrupt();
    }
  }

  @Override
  public void close() {
    current.answer().close();
  }
}
