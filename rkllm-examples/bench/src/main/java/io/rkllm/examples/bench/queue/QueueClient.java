package io.rkllm.examples.bench.queue;

import io.rkllm.RkllmModel;
import io.rkllm.examples.bench.Child;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;

/**
 * {@code QueueClient LIBRARY MODEL PROMPT REQUESTS ROUNDS CALLERS…}: prints, in each round, a line
 * for each number of callers with the nanoseconds for each request and the number of requests that
 * were overtaken.
 */
final class QueueClient {
  private QueueClient() {}

  public static void main(String[] arguments) throws InterruptedException, ExecutionException {
    int requests = Integer.parseInt(arguments[3]);
    int[] numbers = Arrays.stream(arguments).skip(5).mapToInt(Integer::parseInt).toArray();
    try (RkllmModel model =
        RkllmModel.builder(Path.of(arguments[1]))
            .library(Path.of(arguments[0]))
            .queueCapacity(1_000)
            .load()) {
      Callers callers = new Callers(model, arguments[2]);
      for (int round = Integer.parseInt(arguments[4]); round > 0; round--) {
        for (int number : numbers) {
          Callers.Service service = callers.ask(number, requests);
          Child.print(number, service.nanosEach(), service.overtaken());
        }
      }
    }
  }
}
