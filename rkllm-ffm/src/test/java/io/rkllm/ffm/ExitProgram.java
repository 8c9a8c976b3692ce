package io.rkllm.ffm;

import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.chat.ChatFormat;
import java.nio.file.Path;
import java.time.Duration;
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

  private ExitProgram(Path library, Path modelFile, String how) {
    RkllmModel.Builder builder =
        RkllmModel.builder(modelFile).library(library).chatFormat(ChatFormat.chatMl());
    switch (how) {
      case "signal-default" -> {}
      case "signal-short-grace" -> builder.shutdownGrace(Duration.ofMillis(50));
      case "signal-application", "exit-application" ->
          builder.closedByApplication(Duration.ofSeconds(30));
      case "exit-application-forgets" -> builder.closedByApplication(Duration.ofMillis(50));
      default -> builder.shutdownGrace(Duration.ZERO);
    }
    model = builder.load();
    builder.load().close(); // must not leave the other model without its shutdown hook
  }

  /** Arguments: library, model file, way to end. Prints "ending" on a separate line just before. */
  public static void main(String[] args) throws InterruptedException {
    new ExitProgram(Path.of(args[0]), Path.of(args[1]), args[2]).end(args[2]);
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
      case "signal-default", "signal-short-grace" -> {
        Generation generation = firstToken("count slowly to 100");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> tell(generation)));
        System.out.println("ending");
        new CountDownLatch(1).await(); // the parent sends SIGTERM
      }
      case "signal-application", "exit-application" -> {
        Runtime.getRuntime().addShutdownHook(new Thread(this::answerAndClose));
        if (how.equals("exit-application")) {
          exit();
        }
        System.out.println("ending");
        new CountDownLatch(1).await(); // the parent sends SIGTERM
      }
      case "exit-application-forgets" -> {
        firstToken("count slowly to 3000");
        exit();
      }
      default -> throw new IllegalArgumentException(how);
    }
  }

  /** Like a framework's shutdown, which lets a request complete. */
  private static void tell(Generation generation) {
    GenerationResult result = generation.await();
    System.out.println(result.finishReason() + " " + result.text());
  }

  /** Like a framework's shutdown, during which a request starts a second generation. */
  private void answerAndClose() {
    awaitShutdown();
    tell(model.generate("count slowly to 3"));
    model.close();
    System.out.println("closed");
  }

  /** Waits until the SDK's shutdown hook has started, after which no model can be loaded. */
  private static void awaitShutdown() {
    while (Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("rkllm-close"))) {
      Thread.onSpinWait();
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
    } catch (ModelClosedException e) {
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
