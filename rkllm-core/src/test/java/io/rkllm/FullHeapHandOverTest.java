package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Readers whose thread cannot be created when they are woken, because the heap is full or no thread
 * is available, still receive everything.
 */
@Timeout(60)
class FullHeapHandOverTest {
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicInteger handedOver = new AtomicInteger();
  private final CountDownLatch subscribed = new CountDownLatch(1);
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(prompt -> Script.of().then(subscribed::await).then("o", "k"));

  /**
   * Throws the exception of a failed allocation the given number of times, and then executes tasks.
   */
  private final Executor executor =
      task -> {
        if (failures.getAndDecrement() > 0) {
          throw new OutOfMemoryError("planted");
        }
        handedOver.incrementAndGet();
        Thread.ofVirtual().start(task);
      };

  private RkllmModel load(Executor executor) {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime).executor(executor).load();
  }

  @Test
  void subscriber_handOverFails_getsAllTokensAndTheEnd() throws Exception {
    try (RkllmModel model = load(executor)) {
      Generation generation = model.generate("x");
      CollectingSubscriber subscriber = new CollectingSubscriber(1);
      generation.tokens().subscribe(subscriber);
      failures.set(20);
      subscribed.countDown();

      assertThat(subscriber.awaitText()).isEqualTo("ok");
      assertThat(generation.text()).isEqualTo("ok");
    }
  }

  @Test
  void severalSubscribers_handOverFails_getAllTokensAndTheEnd() throws Exception {
    try (RkllmModel model = load(executor)) {
      Generation generation = model.generate("x");
      List<CollectingSubscriber> subscribers =
          List.of(new CollectingSubscriber(1), new CollectingSubscriber(1));
      subscribers.forEach(generation.tokens()::subscribe);
      failures.set(20);
      subscribed.countDown();

      for (CollectingSubscriber each : subscribers) {
        assertThat(each.awaitText()).isEqualTo("ok");
      }
    }
  }

  @Test
  void subscriberThatComesAfterTheEnd_handOverFails_getsAll() throws Exception {
    subscribed.countDown();
    try (RkllmModel model = load(executor)) {
      Generation generation = model.generate("x");
      generation.text();
      failures.set(3);
      CollectingSubscriber subscriber = new CollectingSubscriber(1);
      generation.tokens().subscribe(subscriber);

      assertThat(subscriber.awaitText()).isEqualTo("ok");
    }
  }

  @Test
  void future_handOverFails_isCompletedOnTheExecutor() throws Exception {
    try (RkllmModel model = load(executor)) {
      CompletableFuture<?> result = model.generate("x").result();
      failures.set(20);
      subscribed.countDown();

      assertThat(result.get(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(handedOver).hasValue(1);
    }
  }

  /** The virtual thread that replaces it cannot be created either, for a while. */
  @Test
  void executorThatIsShutDown_handOverFails_subscriberAndFutureAreNotified() throws Exception {
    Executor shutDown =
        task -> {
          if (failures.getAndDecrement() > 0) {
            throw new OutOfMemoryError("planted");
          }
          throw new RejectedExecutionException("planted");
        };
    try (RkllmModel model = load(shutDown)) {
      Generation generation = model.generate("x");
      CompletableFuture<?> result = generation.result();
      CollectingSubscriber subscriber = new CollectingSubscriber(1);
      failures.set(1);
      generation.tokens().subscribe(subscriber);
      failures.set(1);
      subscribed.countDown();

      assertThat(subscriber.awaitFailure()).isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(() -> result.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(InferenceException.class);
    }
  }

  /** Some executors queue a task before creating the thread, which fails. */
  @Test
  void executorThatFailsAndRunsTheTaskNevertheless_callsTheSubscriberOnce() throws Exception {
    List<Runnable> queued = new CopyOnWriteArrayList<>();
    Executor queuesFirst =
        task -> {
          queued.add(task);
          if (failures.getAndDecrement() > 0) {
            throw new OutOfMemoryError("planted");
          }
        };
    subscribed.countDown();
    try (RkllmModel model = load(queuesFirst)) {
      Generation generation = model.generate("x");
      generation.text();
      failures.set(1);
      Hold hold = new Hold();
      CollectingSubscriber subscriber =
          new CollectingSubscriber(1) {
            @Override
            public void onNext(Token token) {
              hold.hereUnchecked();
              super.onNext(token);
            }
          };
      generation.tokens().subscribe(subscriber);
      assertThat(queued).hasSize(2);
      Thread.ofVirtual().start(queued.getFirst());
      hold.awaitReached();

      queued.getLast().run(); // would call onNext, and block in it

      hold.release();
      assertThat(subscriber.awaitText()).isEqualTo("ok");
    }
  }
}
