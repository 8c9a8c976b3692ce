package io.rkllm.internal.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.internal.thread.ModelThreads;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that are queued just as the model's thread stops reading the queue. */
@Timeout(30)
class JobQueueTest {
  private final JobQueue queue = new JobQueue("model", new ModelThreads("model"), 1);
  private final Queue<Job> jobs = new ConcurrentLinkedQueue<>();
  private final AtomicInteger looks = new AtomicInteger();

  /** Throws at the given check and at later ones. */
  private Runnable refusingFrom(int look) {
    return () -> {
      if (looks.incrementAndGet() >= look) {
        throw new IllegalStateException("look " + looks.get());
      }
    };
  }

  @Test
  void call_refusedBefore_isNotQueued() {
    assertThatThrownBy(() -> queue.call("x()", () -> 1, jobs, refusingFrom(1)))
        .hasMessage("look 1");
    assertThat(jobs).isEmpty();
  }

  /** Otherwise the call would never be made, and its caller would wait indefinitely. */
  @Test
  void call_refusedOnceItIsQueued_isRemoved() {
    assertThatThrownBy(() -> queue.call("x()", () -> 1, jobs, refusingFrom(2)))
        .hasMessage("look 2");
    assertThat(jobs).isEmpty();
  }

  @Test
  void call_refusedOnceItHasBeenMade_givesItsResult() {
    Runnable guard =
        () -> {
          if (looks.incrementAndGet() == 2) {
            jobs.remove().run(); // by the model's thread, just before the second check
            throw new IllegalStateException("too late");
          }
        };
    assertThat(queue.<Integer>call("x()", () -> 1, jobs, guard)).isEqualTo(1);
  }

  @Test
  void call_notRefused_checksTwice() {
    var result =
        CompletableFuture.supplyAsync(
            () -> queue.<Integer>call("x()", () -> 1, jobs, refusingFrom(3)));
    await().until(() -> looks.get() == 2);
    assertThat(jobs).hasSize(1);
    jobs.remove().run();
    assertThat(result.join()).isEqualTo(1);
  }

  @Test
  void hold_onceTheModelIsClosed_isOver() {
    assertThat(queue.hold().isOver()).isFalse();
    queue.close();
    assertThat(queue.hold().isOver()).isTrue();
  }

  @Test
  void awaitIdle_takesNoPlaceOfARun() throws Exception {
    assertThat(queue.awaitIdle(Duration.ofSeconds(10))).isTrue();
    queue.add(new Call<>("x()", () -> 1));
    queue.add(new Call<>("y()", () -> 1));
  }

  /** The run that is waited for may never end. */
  @Test
  void awaitIdle_allPlacesTaken_endsWhenTheModelIsClosed() {
    queue.add(new Call<>("x()", () -> 1));
    queue.add(new Call<>("y()", () -> 1));
    CompletableFuture<Boolean> idle = new CompletableFuture<>();
    Thread waiting =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    idle.complete(queue.awaitIdle(Duration.ofHours(1)));
                  } catch (InterruptedException e) {
                    idle.completeExceptionally(e);
                  }
                });
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
    queue.close();
    assertThat(idle.join()).isTrue();
  }

  /** Otherwise the pause would never end, and with it no other run would begin. */
  @Test
  void hold_endedInAFullHeap_continues_andCanBeEndedLater() throws Exception {
    AtomicBoolean full = new AtomicBoolean(true);
    Hold hold =
        new Hold(
            queue,
            new LinkedBlockingQueue<>() {
              @Override
              public boolean add(Job job) {
                if (full.get()) {
                  throw new OutOfMemoryError("planted");
                }
                return super.add(job);
              }
            });
    Job last = new Call<>("x()", () -> 1);
    assertThatThrownBy(() -> hold.end(last)).isInstanceOf(OutOfMemoryError.class);
    assertThat(hold.isOver()).isFalse();

    full.set(false);
    assertThat(hold.end(last)).isTrue();
    assertThat(hold.isOver()).isTrue();
    assertThat(hold.end(new Call<>("y()", () -> 1))).isFalse();
    assertThat(hold.take()).isSameAs(last);
  }

  /** The model's thread may have just taken it from the queue. */
  @Test
  void call_underWayWhenTheModelIsClosed_givesItsResult() {
    AtomicReference<Call<Integer>> itself = new AtomicReference<>();
    Call<Integer> call =
        new Call<>(
            "x()",
            () -> {
              itself.get().onModelClose();
              return 1;
            });
    itself.set(call);
    call.run();
    assertThat(call.await()).isEqualTo(1);
  }
}
