package io.rkllm.examples.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Processes that do the same in different ways, started in turn, so that a machine whose speed
 * drifts treats all alike. Of the figures of a process the first half counts as warm-up.
 */
public final class Rounds {
  private final List<Client> clients = new ArrayList<>();

  /** A way to do it, and the medians of each process that did, one a figure. */
  private record Client(String name, Child child, List<double[]> medians) {}

  /** One more way. */
  public void add(String name, Child child) {
    clients.add(new Client(name, child, new ArrayList<>()));
  }

  /** Starts each so many times. */
  public void run(int rounds) throws IOException {
    for (int round = 0; round < rounds; round++) {
      for (Client client : clients) {
        List<double[]> runs = client.child.figures();
        List<double[]> warm = runs.subList(runs.size() / 2, runs.size());
        client.medians.add(
            IntStream.range(0, warm.getFirst().length)
                .mapToDouble(figure -> median(warm, figure))
                .toArray());
      }
    }
  }

  /** The median of the medians of one of them, of its first figure. */
  public double median(String name) {
    return median(name, 0);
  }

  /** The same of another figure. */
  public double median(String name, int figure) {
    return median(
        clients.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow().medians,
        figure);
  }

  private static double median(List<double[]> runs, int figure) {
    return Median.of(runs.stream().mapToDouble(run -> run[figure]).toArray());
  }
}
