package io.rkllm.examples.bench.queue;

import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Virtual threads that ask one model again and again. The model answers with the number of its run,
 * which tells the order in which they were served.
 */
final class Callers {
  private final RkllmModel model;
  private final String prompt;

  /** A request: when the caller began to ask, when it was in the queue, and which run answered. */
  private record Request(long asked, long queued, int run) {}

  /** What a request took with all of them, and how many were served after one that came later. */
  record Service(double nanosEach, int overtaken) {}

  Callers(RkllmModel model, String prompt) {
    this.model = model;
    this.prompt = prompt;
  }

  /** So many callers make so many requests in all, each at least one. */
  Service ask(int callers, int requests) throws InterruptedException, ExecutionException {
    Callable<List<Request>> caller =
        () -> {
          List<Request> made = new ArrayList<>();
          for (int i = 0; i < Math.ceilDiv(requests, callers); i++) {
            made.add(ask());
          }
          return made;
        };
    List<Request> all = new ArrayList<>();
    long begin = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Request>>> answers = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        answers.add(threads.submit(caller));
      }
      for (Future<List<Request>> answer : answers) {
        all.addAll(answer.get());
      }
    }
    return new Service((double) (System.nanoTime() - begin) / all.size(), overtaken(all));
  }

  private Request ask() {
    long asked = System.nanoTime();
    Generation generation = model.generate(prompt);
    long queued = System.nanoTime();
    return new Request(asked, queued, Integer.parseInt(generation.text()));
  }

  /**
   * Nobody who asked when another was in the queue already may be served before. That is more than
   * that nobody is served twice before another once: the second request would be such a one.
   */
  private static int overtaken(List<Request> requests) {
    requests.sort(Comparator.comparingInt(Request::run));
    int overtaken = 0;
    long latest = Long.MIN_VALUE;
    for (Request request : requests) {
      overtaken += latest > request.queued ? 1 : 0;
      latest = Math.max(latest, request.asked);
    }
    return overtaken;
  }
}
