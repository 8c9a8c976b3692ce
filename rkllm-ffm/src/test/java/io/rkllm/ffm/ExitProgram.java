package io.rkllm.ffm;

import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.chat.ChatFormat;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;

/**
 * Ends its JVM in one of many ways, with a model in one of many states. Forked by {@link
 * ExitEndToEndTest}.
 */
final class ExitProgram {
  static final int STATUS = 7;

  private final RkllmModel model;

  private ExitProgram(Path library, Path modelFile) {
    model = RkllmModel.builder(modelFile).library(library).chatFormat(ChatFormat.chatMl()).load();
  }

  /** Arguments: library, model file, how to end. Says "ending" on a line of its own just before. */
  public static void main(String[] args) throws InterruptedException {
    new ExitProgram(Path.of(args[0]), Path.of(args[1])).end(args[2]);
  }

  private void end(String how) throws InterruptedException {
    switch (how) {
      case "main-idle" -> System.out.println("ending");
      case "main-running" -> {
        firstToken("count slowly to 3000");
        System.out.println("ending");
      }
      case "exit-idle" -> exit();
      case "exit-running" -> {
        firstToken("count slowly to 3000");
        exit();
      }
      case "exit-prefill" -> {
        model.generate("think long");
        awaitNativeRun();
        exit();
      }
      case "exit-reader" -> {
        model.generate("count slowly to 3000").tokens().subscribe(new ExitingSubscriber());
        new CountDownLatch(1).await();
      }
      case "exit-hanging" -> {
        firstToken("hang");
        exit();
      }
      case "exit-hanging-prefill" -> {
        model.generate("hang in prefill");
        awaitNativeRun();
        exit();
      }
      case "exit-closing" -> {
        Generation generation = firstToken("hang");
        Thread.ofPlatform().daemon().start(model::close);
        while (!isClosing()) {
          Thread.onSpinWait();
        }
        assert !generation.isDone();
        exit();
      }
      case "signal-running" -> {
        firstToken("count slowly to 3000");
        System.out.println("ending");
        new CountDownLatch(1).await(); // the parent sends SIGTERM
      }
      default -> throw new IllegalArgumentException(how);
    }
  }

  /** Waits until the model's thread has called {@code rkllm_run}. */
  private static void awaitNativeRun() {
    while (Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .noneMatch(frame -> frame.getClassName().endsWith(".rkllm_run_fn"))) {
      Thread.onSpinWait();
    }
  }

  private boolean isClosing() {
    try {
      model.openSession().close();
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private Generation firstToken(String prompt) {
    Generation generation = model.generate(prompt);
    generation.iterator().next();
    return generation;
  }

  private static void exit() {
    System.out.println("ending");
    System.exit(STATUS);
  }

  private static final class ExitingSubscriber implements Flow.Subscriber<Token> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Token token) {
      exit();
    }

    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onComplete() {}
  }
}
