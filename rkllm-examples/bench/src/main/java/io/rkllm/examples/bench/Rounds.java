package io.rkllm.examples.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Processes that do the same in different ways, started in turn, so that a machine whose speed
 * drifts treats all alike. Of the figures of a process the first half counts as warm-up.
 */
public final class Rounds {
  private final List<Client> clients = new ArrayList<>();

  /** A way to do it, and the median of each process that did. */
  private record Client(String name, Child child, List<Double> medians) {}

  /** One more way. */
  public void add(String name, Child child) {
    clients.add(new Client(name, child, new ArrayList<>()));
  }

  /** Starts each so many times. */
  public void run(int rounds) throws IOException {
    for (int round = 0; round < rounds; round++) {
      for (Client client : clients) {
        double[] figures = client.child.column();
        double[] warm = Arrays.copyOfRange(figures, figures.length / 2, figures.length);
        client.medians.add(Median.of(warm));
      }
    }
  }

  /** The median of the medians of one of them. */
  public double median(String name) {
    Client client =
        clients.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
    return Median.of(client.medians.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
