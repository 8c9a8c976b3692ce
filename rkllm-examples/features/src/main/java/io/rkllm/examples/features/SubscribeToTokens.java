package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;

/**
 * Receives the tokens from a {@link Flow.Publisher}. The subscriber requests as many as it can
 * process, and the others are kept until then.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class SubscribeToTokens {
  public static void main(String[] args) throws InterruptedException {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      Printer printer = new Printer();
      model.generate("Tell me a story").tokens().subscribe(printer);
      printer.ended.await(); // closing the model would stop the story
    }
  }

  /** Prints one token at a time and then requests the next. */
  private static final class Printer implements Flow.Subscriber<Token> {
    private final CountDownLatch ended = new CountDownLatch(1);

    @SuppressWarnings("NullAway.Init") // onSubscribe is called first
    private Flow.Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(1);
    }

    @Override
    public void onNext(Token token) {
      System.out.print(token.text());
      System.out.flush();
      subscription.request(1);
    }

    @Override
    public void onError(Throwable failure) {
      System.err.println(failure.getMessage());
      ended.countDown();
    }

    @Override
    public void onComplete() {
      System.out.println();
      ended.countDown();
    }
  }
}
