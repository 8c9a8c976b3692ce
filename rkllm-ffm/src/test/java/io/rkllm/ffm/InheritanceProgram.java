package io.rkllm.ffm;

import io.rkllm.RkllmModel;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Loads a first model for an application that goes away, while the model of another stays open.
 * Forked by {@link RedeployTest}.
 */
final class InheritanceProgram {
  private static final InheritableThreadLocal<Object> VALUE = new InheritableThreadLocal<>();

  private InheritanceProgram() {}

  /** Arguments: library, model file. Prints what is still reachable of the first application. */
  public static void main(String[] args) throws Exception {
    RkllmModel.Builder builder =
        RkllmModel.builder(Path.of(args[1])).library(Path.of(args[0])).captureNativeOutput();
    RkllmModel[] models = new RkllmModel[2];
    List<WeakReference<?>> first = onThreadOfAnApplication(() -> models[0] = builder.load());
    models[1] = builder.load();
    List<WeakReference<?>> caller = onThreadOfAnApplication(() -> use(models[1]));
    models[0].close();
    models[0] = null;

    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (isReachable(first) || isReachable(caller)) {
      if (System.nanoTime() - end > 0) {
        first.forEach(reference -> System.out.println("first: " + reference.get()));
        caller.forEach(reference -> System.out.println("caller: " + reference.get()));
        break;
      }
      System.gc();
    }
    models[1].close();
    System.out.println("ended");
  }

  /** Makes the model start all of its threads. */
  private static void use(RkllmModel model) {
    var running = model.generate("count slowly to 3000");
    running.cancel();
    running.await();
    System.out.println(model.generate("x").text());
  }

  private static boolean isReachable(List<WeakReference<?>> references) {
    return references.stream().anyMatch(reference -> !reference.refersTo(null));
  }

  private static List<WeakReference<?>> onThreadOfAnApplication(Runnable work) throws Exception {
    ClassLoader loader =
        new URLClassLoader("application", new URL[0], InheritanceProgram.class.getClassLoader());
    ThreadGroup group = new ThreadGroup("application");
    Object value = new Object();
    Thread thread =
        new Thread(
            group,
            () -> {
              VALUE.set(value);
              Thread.currentThread().setContextClassLoader(loader);
              work.run();
            });
    thread.start();
    thread.join();
    return List.of(
        new WeakReference<>(loader), new WeakReference<>(group), new WeakReference<>(value));
  }
}
