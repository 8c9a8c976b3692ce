package io.rkllm.examples.bench.callback;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Rounds;
import io.rkllm.examples.bench.Table;
import java.io.IOException;

/**
 * What a token costs until a subscriber on another thread has it, when they come as fast as the
 * machine can: from the first callback until the last token was taken, divided by their number,
 * less what the simulator itself takes for them.
 */
public final class DeliveryCost implements Measure {
  private static final String SIMULATOR = "the simulator itself, with an empty C callback";
  private static final String STRING = "FFM upcall that makes a String, nobody reads it";
  private static final String PUBLISHER = "the same, then a SubmissionPublisher";
  private static final String QUEUE = "the same, then a LinkedBlockingQueue";
  private static final String SDK = "rkllm for Java: a subscriber";
  private static final String SLOW = "rkllm for Java: a subscriber, and a slow one";
  private static final String HUNDRED = "rkllm for Java: a hundred subscribers";

  @Override
  public void run(Effort effort, Table table) throws IOException {
    int runs = effort.of(300, 2_000);
    Rounds rounds = new Rounds();
    rounds.add(SIMULATOR, Child.c("callback", TokenClients.arguments(runs, "empty")));
    rounds.add(STRING, Child.java(FfmClient.class, TokenClients.arguments(runs, "string")));
    rounds.add(SDK, Child.java(SdkDelivery.class, TokenClients.arguments(runs, "1", "0")));
    rounds.add(
        PUBLISHER, Child.java(QueueDelivery.class, TokenClients.arguments(runs, "publisher")));
    rounds.add(QUEUE, Child.java(QueueDelivery.class, TokenClients.arguments(runs, "queue")));
    rounds.add(SLOW, Child.java(SdkDelivery.class, TokenClients.arguments(runs, "1", "1")));
    rounds.add(HUNDRED, Child.java(SdkDelivery.class, TokenClients.arguments(runs, "100", "0")));
    rounds.run(effort.of(2, 10));

    table.heading("native callback → subscriber on another thread", "ns a token");
    double simulator = rounds.median(SIMULATOR);
    table.line(SIMULATOR, simulator, "taken off below");
    double string = rounds.median(STRING) - simulator;
    double sdk = rounds.median(SDK) - simulator;
    table.line(STRING, string);
    table.line(SDK, sdk);
    table.atMost(2.5, sdk / string, "× the upcall that makes a String");
    for (String other : new String[] {PUBLISHER, QUEUE}) {
      double figure = rounds.median(other) - simulator;
      table.line(other, figure);
      table.atLeast(1, figure / sdk, "× what the SDK takes");
    }
    table.heading("… and what the producer's thread computes for it", "ns a token");
    double own = rounds.median(SIMULATOR, 1);
    table.line(SIMULATOR, own, "taken off below");
    double one = rounds.median(SDK, 1) - own;
    table.line(SDK, one);
    for (String other : new String[] {SLOW, HUNDRED}) {
      double figure = rounds.median(other, 1) - own;
      table.line(other, figure);
      table.atMost(1.15, figure / one, "× what it does for one");
    }
  }
}
