package io.rkllm.examples.bench.latency;

import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.StreamModel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;

/**
 * {@code WaitingClient LIBRARY MODEL PROMPT RUNS TOKENS iterator|subscriber}: prints the time at
 * which user code received each token, in nanoseconds of the monotonic clock, for the last runs of
 * TOKENS tokens each.
 */
public final class WaitingClient {
  private static final int WARM_UP_RUNS = 4;

  private final long[] times;
  private int count;

  private WaitingClient(int tokens) {
    times = new long[tokens];
  }

  public static void main(String[] arguments) throws InterruptedException {
    try (RkllmModel model = StreamModel.load(arguments[0], arguments[1])) {
      boolean iterates = arguments[5].equals("iterator");
      for (int run = 0; run < WARM_UP_RUNS; run++) {
        new WaitingClient(8_000).take(model.generate(StreamModel.tokens(8_000)), iterates);
      }
      new WaitingClient(8_000).take(model.generate(StreamModel.tokens(8_000, 0)), iterates);
      for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
        WaitingClient client = new WaitingClient(Integer.parseInt(arguments[4]));
        client.take(model.generate(arguments[2]), iterates);
        for (long time : client.times) {
          Child.print((double) time);
        }
      }
    }
  }

  private void take(Generation generation, boolean iterates) throws InterruptedException {
    if (iterates) {
      for (Token token : generation) {
        note(token);
      }
    } else {
      Notes notes = new Notes();
      generation.tokens().subscribe(notes);
      notes.complete.await();
    }
  }

  private void note(Token token) {
    long now = System.nanoTime();
    if (!token.text().isEmpty()) { // the token that ends the answer has no text
      times[count++] = now;
    }
  }

  /** Records the time of each token, on a thread of the default executor. */
  private final class Notes implements Flow.Subscriber<Token> {
    final CountDownLatch complete = new CountDownLatch(1);

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Token token) {
      note(token);
    }

    @Override
    public void onError(Throwable thrown) {
      thrown.printStackTrace();
      complete.countDown();
    }

    @Override
    public void onComplete() {
      complete.countDown();
    }
  }
}
