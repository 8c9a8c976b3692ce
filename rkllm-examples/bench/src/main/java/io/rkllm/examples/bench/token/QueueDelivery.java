package io.rkllm.examples.bench.token;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.StreamModel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicReference;

/**
 * {@code QueueDelivery LIBRARY MODEL PROMPT RUNS publisher|queue}: measures a bare upcall that
 * creates a String and passes it to another thread with classes of the JDK. Prints the nanoseconds
 * for each token until the other thread has received all of them.
 */
final class QueueDelivery {
  private final int expected;
  private long first;
  private int produced;
  private int taken;
  int characters;
  private volatile long end;

  private QueueDelivery(int expected) {
    this.expected = expected;
  }

  public static void main(String[] arguments) throws InterruptedException {
    QueueDelivery delivery = new QueueDelivery(StreamModel.count(arguments[2]));
    if (arguments[4].equals("queue")) {
      delivery.throughQueue(arguments);
    } else {
      delivery.throughPublisher(arguments);
    }
  }

  private void produced() {
    if (produced++ == 0) {
      first = System.nanoTime();
    }
  }

  private void taken(String text) {
    characters += text.length();
    if (++taken == expected) {
      end = System.nanoTime();
    }
  }

  private void print() {
    Child.print((double) (end - first) / expected);
    produced = 0;
    taken = 0;
  }

  private void throughQueue(String[] arguments) throws InterruptedException {
    LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
    BareRuntime runtime =
        new BareRuntime(
            arguments[0],
            arguments[1],
            text -> {
              produced();
              queue.add(text);
            });
    for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
      Thread consumer = Thread.ofPlatform().start(() -> takeAll(queue));
      runtime.generate(arguments[2]);
      consumer.join();
      print();
    }
  }

  private void takeAll(LinkedBlockingQueue<String> queue) {
    try {
      while (taken < expected) {
        taken(queue.take());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void throughPublisher(String[] arguments) throws InterruptedException {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicReference<SubmissionPublisher<String>> publisher = new AtomicReference<>();
      BareRuntime runtime =
          new BareRuntime(
              arguments[0],
              arguments[1],
              text -> {
                produced();
                publisher.getPlain().submit(text);
              });
      for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
        publisher.set(new SubmissionPublisher<>(executor, Flow.defaultBufferSize()));
        CompletableFuture<Void> done = publisher.get().consume(this::taken);
        runtime.generate(arguments[2]);
        publisher.get().close();
        done.join();
        print();
      }
    }
  }
}
