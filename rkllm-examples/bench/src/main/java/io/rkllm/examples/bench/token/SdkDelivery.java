package io.rkllm.examples.bench.token;

import io.rkllm.Generation;
import io.rkllm.GenerationStats;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.StreamModel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * {@code SdkDelivery LIBRARY MODEL PROMPT RUNS SUBSCRIBERS SLOW}: measures the delivery to
 * subscribers on the default executor, with the given number of additional slow ones. Prints the
 * nanoseconds for each token until the last of the fast subscribers has received all of them, and
 * the processor time of the producer's thread for the whole run.
 */
public final class SdkDelivery {
  private SdkDelivery() {}

  public static void main(String[] arguments) throws InterruptedException {
    int subscribers = Integer.parseInt(arguments[4]);
    int slow = Integer.parseInt(arguments[5]);
    try (RkllmModel model = StreamModel.load(arguments[0], arguments[1])) {
      Thread producer = producer();
      for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
        measure(model, producer, arguments[2], subscribers, slow);
      }
    }
  }

  private static Thread producer() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("rkllm-model-"))
        .findFirst()
        .orElseThrow();
  }

  private static void measure(
      RkllmModel model, Thread producer, String prompt, int subscribers, int slow)
      throws InterruptedException {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long processor = threads.getThreadCpuTime(producer.threadId());
    List<Counter> counters = new ArrayList<>();
    long begin = System.nanoTime();
    Generation generation = model.generate(prompt);
    for (int i = 0; i < subscribers; i++) {
      Counter counter = new Counter(StreamModel.count(prompt));
      counters.add(counter);
      generation.tokens().subscribe(counter);
    }
    List<Sleeper> sleepers = new ArrayList<>();
    for (int i = 0; i < slow; i++) {
      Sleeper sleeper = new Sleeper();
      sleepers.add(sleeper);
      generation.tokens().subscribe(sleeper);
    }
    long end = begin;
    for (Counter counter : counters) {
      counter.done.await();
      end = Math.max(end, counter.end);
    }
    GenerationStats stats = generation.await().stats();
    long spent = threads.getThreadCpuTime(producer.threadId()) - processor;
    long first = begin + stats.queueTime().toNanos() + stats.timeToFirstToken().toNanos();
    double tokens = stats.generatedTokens();
    Child.print((end - first) / tokens, spent / tokens);
    sleepers.forEach(Sleeper::leave); // otherwise they would continue to read for seconds
  }

  /** Requests all tokens and counts them. */
  static final class Counter implements Flow.Subscriber<Token> {
    final CountDownLatch done = new CountDownLatch(1);
    long end;
    int characters;
    private int missing;

    Counter(int tokens) {
      missing = tokens;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Token token) {
      characters += token.text().length();
      if (--missing == 0) {
        end = System.nanoTime();
        done.countDown();
      }
    }

    @Override
    public void onError(Throwable thrown) {
      done.countDown();
    }

    @Override
    public void onComplete() {}
  }

  /** Takes a millisecond for each token. */
  private static final class Sleeper implements Flow.Subscriber<Token> {
    private Flow.@Nullable Subscription subscription;

    void leave() {
      if (subscription != null) {
        subscription.cancel();
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Token token) {
      LockSupport.parkNanos(1_000_000);
    }

    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onComplete() {}
  }
}
