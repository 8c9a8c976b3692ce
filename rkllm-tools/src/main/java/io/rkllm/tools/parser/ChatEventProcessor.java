package io.rkllm.tools.parser;

import io.rkllm.Generation;
import io.rkllm.Token;
import io.rkllm.stream.EventLog;
import io.rkllm.stream.LogReaders;
import io.rkllm.stream.ReaderThreads;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.internal.Check;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Parses the tokens of one answer with {@link ChatParser} and publishes the events:
 *
 * <pre>{@code
 * ChatEventProcessor events = ChatEventProcessor.of(generation, ParserOptions.defaults());
 * events.subscribe(subscriber);
 * }</pre>
 *
 * <p>It requests all tokens at once and keeps the events, as a {@link Generation} keeps its tokens.
 * Any number of subscribers may join at any time; each receives every event from the first one on
 * at its own pace, and a slow subscriber does not delay the others. Subscribers are called on
 * virtual threads, or on an executor provided by the caller. When the last subscriber leaves before
 * the end, the subscription to the tokens is cancelled; later subscribers receive the events so far
 * and then {@link CancellationException}.
 *
 * <p>If the tokens end with an error, it is passed on after the events so far. Pending text, such
 * as a partial tool call, is discarded.
 *
 * <p>An instance parses one answer and must be subscribed to one publisher only. Subscribing to an
 * instance is thread-safe.
 */
public final class ChatEventProcessor implements Flow.Processor<Token, ChatEvent> {
  private final EventLog<ChatEvent> events = new EventLog<>(Thread::startVirtualThread);
  private final ChatParser parser;
  private final Subscribers subscribers;
  private final AtomicReference<Flow.@Nullable Subscription> tokens = new AtomicReference<>();
  private final AtomicBoolean ended =
      new AtomicBoolean(); // the thread that sets it ends the events

  /** Creates a processor whose subscribers are called on virtual threads. */
  public ChatEventProcessor(ParserOptions options) {
    this(options, ReaderThreads.VIRTUAL);
  }

  /** Creates a processor whose subscribers are called on this executor. */
  public ChatEventProcessor(ParserOptions options, Executor executor) {
    this.parser = new ChatParser(Check.nonNull("options", options), this::append);
    this.subscribers = new Subscribers(events, Check.nonNull("executor", executor));
  }

  /**
   * Returns a processor that reads a generation from its first token on, and that counts as one of
   * its readers; see {@link Generation}.
   */
  public static ChatEventProcessor of(Generation generation, ParserOptions options) {
    Check.nonNull("generation", generation);
    ChatEventProcessor processor = new ChatEventProcessor(options);
    generation.tokens().subscribe(processor);
    return processor;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ChatEvent> subscriber) {
    subscribers.add(subscriber);
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    if (tokens.compareAndSet(null, refuseNull("subscription", subscription))) {
      subscription.request(Long.MAX_VALUE);
    } else {
      subscription.cancel(); // it already has a subscription, or its last subscriber has left
    }
  }

  @Override
  public void onNext(Token token) {
    refuseNull("token", token);
    if (!ended.get()) {
      try {
        parser.push(token.text());
      } catch (Throwable thrown) {
        fail(thrown);
      }
    }
  }

  @Override
  public void onError(Throwable thrown) {
    end(refuseNull("thrown", thrown));
  }

  @Override
  public void onComplete() {
    if (!ended.get()) {
      try {
        parser.finish();
        end(null);
      } catch (Throwable thrown) {
        end(thrown);
      }
    }
  }

  private void append(ChatEvent event) {
    if (!ended.get()) { // the last subscriber may leave in the middle of a token
      events.append(event);
    }
  }

  /**
   * Ends the events before canceling the tokens, since a foreign publisher may throw when it is
   * cancelled.
   */
  private void fail(Throwable thrown) {
    end(thrown);
    cancelTokens();
  }

  private void end(@Nullable Throwable failure) {
    if (ended.compareAndSet(false, true)) {
      events.end(failure);
    }
  }

  /** Also cancels tokens that have not been received yet. */
  private void cancelTokens() {
    Flow.Subscription subscription = tokens.getAndSet(Cancelled.INSTANCE);
    if (subscription != null) {
      subscription.cancel();
    }
  }

  /** Throws {@link NullPointerException} for null, as Reactive Streams requires. */
  private static <T> T refuseNull(String name, @Nullable T value) {
    if (value == null) {
      throw new NullPointerException(name + " must not be null");
    }
    return value;
  }

  /** The readers of the events. */
  private final class Subscribers extends LogReaders<ChatEvent> {
    private final Executor executor;

    Subscribers(EventLog<ChatEvent> events, Executor executor) {
      super(events);
      this.executor = executor;
    }

    void add(Flow.Subscriber<? super ChatEvent> subscriber) {
      subscribe(subscriber);
    }

    @Override
    protected Executor executor() {
      return executor;
    }

    @Override
    protected void lastReaderLeft() {
      if (!ended.get()) {
        fail(
            new CancellationException(
                "the subscribers before this one have left, so the answer was not read to its"
                    + " end"));
      }
    }

    @Override
    protected void refuseOwnThread(String what) {}

    @Override
    protected void executorFailed(Throwable thrown) {}

    @Override
    protected RuntimeException interrupted(InterruptedException cause) {
      throw new AssertionError("no caller blocks here", cause);
    }
  }

  /** Stands for tokens that are cancelled. */
  private enum Cancelled implements Flow.Subscription {
    INSTANCE;

    @Override
    public void request(long n) {}

    @Override
    public void cancel() {}
  }
}
