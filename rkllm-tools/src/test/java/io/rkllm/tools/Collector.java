package io.rkllm.tools;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Collects a stream. Requests a number of elements at the start, and no more by itself. */
public final class Collector<T> implements Flow.Subscriber<T> {
  private final long demand;
  private final List<T> items = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Optional<Throwable>> end = new CompletableFuture<>();
  private volatile Flow.@Nullable Subscription subscription;

  /** Creates a subscriber that requests the given number, which may be 0. */
  public Collector(long demand) {
    this.demand = demand;
  }

  /** Subscribes and requests everything. */
  public static <T> Collector<T> of(Flow.Publisher<T> publisher) {
    return of(publisher, Long.MAX_VALUE);
  }

  /** Subscribes and requests the given number. */
  public static <T> Collector<T> of(Flow.Publisher<T> publisher, long demand) {
    Collector<T> collector = new Collector<>(demand);
    publisher.subscribe(collector);
    return collector;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    if (demand > 0) {
      subscription.request(demand);
    }
  }

  @Override
  public void onNext(T item) {
    items.add(item);
  }

  @Override
  public void onError(Throwable thrown) {
    end.complete(Optional.of(thrown));
  }

  @Override
  public void onComplete() {
    end.complete(Optional.empty());
  }

  /** Returns the elements received so far. */
  public List<T> items() {
    return items;
  }

  /** The subscription. */
  public Flow.Subscription subscription() {
    Flow.Subscription mine = subscription;
    if (mine == null) {
      throw new AssertionError("not subscribed");
    }
    return mine;
  }

  /** Returns whether the stream has ended. */
  public boolean hasEnded() {
    return end.isDone();
  }

  /** Waits for the end. */
  public List<T> await() throws Exception {
    end.get(20, TimeUnit.SECONDS)
        .ifPresent(
            thrown -> {
              throw new AssertionError("failed after " + items, thrown);
            });
    return items;
  }

  /** Waits for the failure. */
  public Throwable awaitFailure() throws Exception {
    return end.get(20, TimeUnit.SECONDS)
        .orElseThrow(() -> new AssertionError("completed with " + items));
  }
}
