package io.rkllm.examples.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Processes that do the same in different ways, started in turn, so that a machine whose speed
 * drifts treats all alike. Of the runs of a process the first half counts as warm-up; of the others
 * the tenth that took least tell, and of the processes the best one: whatever else the machine does
 * can only add.
 */
public final class Rounds {
  private final List<Client> clients = new ArrayList<>();

  /** A way to do it, and what came of each process that did: figures of its undisturbed runs. */
  private record Client(String name, Child child, List<double[]> rounds) {}

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
        client.rounds.add(
            IntStream.range(0, warm.getFirst().length)
                .mapToDouble(figure -> undisturbed(warm, figure))
                .toArray());
      }
    }
  }

  /** A figure of one of them, of its best round. */
  public double best(String name, int figure) {
    Client client =
        clients.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
    return client.rounds.stream().mapToDouble(round -> round[figure]).min().orElseThrow();
  }

  private static double undisturbed(List<double[]> runs, int figure) {
    return Percentile.of(10, runs.stream().mapToDouble(run -> run[figure]).toArray());
  }
}
