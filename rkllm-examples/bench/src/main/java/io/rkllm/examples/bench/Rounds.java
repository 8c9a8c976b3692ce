package io.rkllm.examples.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Compares processes that perform the same task in different ways. They are started in turn, so
 * that a machine whose speed drifts affects all of them equally. The first half of the runs of a
 * process is warm-up. Of the remaining runs, the fastest tenth is used, and of the processes the
 * best one, because other load on the machine can only increase the times.
 */
public final class Rounds {
  private final List<Client> clients = new ArrayList<>();

  /** A client, and the results of the undisturbed runs of each of its processes. */
  private record Client(String name, Child child, List<double[]> rounds) {}

  /** Adds a client. */
  public void add(String name, Child child) {
    clients.add(new Client(name, child, new ArrayList<>()));
  }

  /** Starts each client the given number of times. */
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

  /** Returns a result of a client, from its best round. */
  public double best(String name, int figure) {
    Client client =
        clients.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
    return client.rounds.stream().mapToDouble(round -> round[figure]).min().orElseThrow();
  }

  private static double undisturbed(List<double[]> runs, int figure) {
    return Percentile.of(10, runs.stream().mapToDouble(run -> run[figure]).toArray());
  }
}
