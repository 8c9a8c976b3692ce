package io.rkllm;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Collects a token stream, requesting the given number of tokens at a time, or none if it is 0. */
class CollectingSubscriber implements Flow.Subscriber<Token> {
  private final int batch;
  private final List<String> texts = new CopyOnWriteArrayList<>();
  private final CompletableFuture<String> end = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;
  private int received;

  CollectingSubscriber(int batch) {
    this.batch = batch;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    if (batch > 0) {
      subscription.request(batch);
    }
  }

  @Override
  public void onNext(Token token) {
    texts.add(token.text());
    if (batch > 0 && ++received % batch == 0) {
      subscription().request(batch);
    }
  }

  @Override
  public void onError(Throwable thrown) {
    end.completeExceptionally(thrown);
  }

  @Override
  public void onComplete() {
    end.complete(text());
  }

  Flow.Subscription subscription() {
    if (subscription == null) {
      throw new AssertionError("not subscribed");
    }
    return subscription;
  }

  /** Returns the text so far. */
  String text() {
    return String.join("", texts);
  }

  /** Waits for the end and returns the text. */
  String awaitText() throws Exception {
    return end.get(10, TimeUnit.SECONDS);
  }

  /** Waits for the failure and returns it. */
  Throwable awaitFailure() throws Exception {
    try {
      throw new AssertionError("completed with " + end.get(10, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }
}
