package io.rkllm.examples.bench.token;

import com.sun.management.ThreadMXBean;
import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.StreamModel;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * {@code SdkAllocation LIBRARY MODEL PROMPT RUNS await|iterate|subscribe}: prints the bytes that
 * are allocated on the heap for each token by all threads, including its text.
 */
final class SdkAllocation {
  private static final int FEW = 10;

  private SdkAllocation() {}

  public static void main(String[] arguments) {
    String pace = arguments[2].substring(arguments[2].indexOf(' '));
    int many = StreamModel.count(arguments[2]);
    try (RkllmModel model = StreamModel.load(arguments[0], arguments[1])) {
      for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
        long few = allocated(model, FEW + pace, arguments[4]);
        long all = allocated(model, many + pace, arguments[4]);
        Child.print((double) (all - few) / (many - FEW));
      }
    }
  }

  private static long allocated(RkllmModel model, String prompt, String how) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getTotalThreadAllocatedBytes();
    Generation generation = model.generate(prompt);
    switch (how) {
      case "iterate" -> {
        for (Token token : generation) {
          var _ = token.text();
        }
      }
      case "subscribe" -> {
        Ended ended = new Ended();
        generation.tokens().subscribe(ended);
        ended.future.join();
      }
      default -> generation.await();
    }
    return threads.getTotalThreadAllocatedBytes() - before;
  }

  /** Requests all tokens, and signals when they have arrived. */
  private static final class Ended implements Flow.Subscriber<Token> {
    final CompletableFuture<Boolean> future = new CompletableFuture<>();

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Token token) {}

    @Override
    public void onError(Throwable thrown) {
      future.completeExceptionally(thrown);
    }

    @Override
    public void onComplete() {
      future.complete(true);
    }
  }
}
