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
 * Virtual threads that request answers from one model repeatedly. The model answers with the number
 * of its run, which is the order in which the requests were served.
 */
final class Callers {
  private final RkllmModel model;
  private final String prompt;

  /**
   * A request: the time at which the caller made it, the time at which it was queued, and the run
   * that answered it.
   */
  private record Request(long asked, long queued, int run) {}

  /** The time for each request, and the number of requests that were served after a later one. */
  record Service(double nanosEach, int overtaken) {}

  Callers(RkllmModel model, String prompt) {
    this.model = model;
    this.prompt = prompt;
  }

  /** Makes the given total number of requests, at least one by each caller. */
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
   * Returns the number of requests that were served after a request made when they were already
   * queued. There must be none. This implies that no caller is served twice before another one is
   * served once, since its second request would be such a request.
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
