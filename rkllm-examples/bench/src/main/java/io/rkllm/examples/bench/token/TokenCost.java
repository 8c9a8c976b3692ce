package io.rkllm.examples.bench.token;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Rounds;
import io.rkllm.examples.bench.StreamModel;
import io.rkllm.examples.bench.Table;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The cost of a token from the native callback on, at full speed: the time until the client has it,
 * by the runtime's own clock; the time until a subscriber on another thread has it, measured from
 * the first callback until the last token was received; and the processor time of the producer's
 * thread. The time that the simulator itself takes is subtracted.
 */
public final class TokenCost implements Measure {
  private static final String SIMULATOR = "the simulator itself, with an empty C callback";
  private static final String C = "C function pointer that copies the text";
  private static final String EMPTY = "FFM upcall that returns 0";
  private static final String STRING = "FFM upcall that makes a String";
  private static final String JNA = "JNA callback that makes a String";
  private static final String PYTHON = "Python ctypes callback that makes a str";
  private static final String PUBLISHER = "an upcall that makes a String, SubmissionPublisher";
  private static final String QUEUE = "an upcall that makes a String, LinkedBlockingQueue";
  private static final String LOG = "rkllm for Java: into the token log";
  private static final String SUBSCRIBER = "rkllm for Java: a subscriber";
  private static final String SLOW = "rkllm for Java: a subscriber, and a slow one";
  private static final String HUNDRED = "rkllm for Java: a hundred subscribers";

  /**
   * The indexes of a client's results: the elapsed time, and the processor time of the producer.
   */
  private static final int CLOCK = 0;

  private static final int PROCESSOR = 1;

  @Override
  public void run(Effort effort, Table table) throws IOException {
    Rounds rounds = rounds(effort.of(160, 1_000));
    rounds.run(effort.of(4, 20));
    intoTheLog(rounds, table);
    toSubscribers(rounds, table);
    ofTheProducer(rounds, table);
  }

  private static Rounds rounds(int runs) throws IOException {
    Rounds rounds = new Rounds();
    rounds.add(SIMULATOR, Child.c("callback", arguments(runs, "empty")));
    rounds.add(C, Child.c("callback", arguments(runs, "copy")));
    rounds.add(EMPTY, Child.java(FfmClient.class, arguments(runs, "empty")));
    rounds.add(STRING, Child.java(FfmClient.class, arguments(runs, "string")));
    rounds.add(LOG, Child.java(SdkClient.class, arguments(runs)));
    rounds.add(SUBSCRIBER, Child.java(SdkDelivery.class, arguments(runs, "1", "0")));
    rounds.add(PUBLISHER, Child.java(QueueDelivery.class, arguments(runs, "publisher")));
    rounds.add(QUEUE, Child.java(QueueDelivery.class, arguments(runs, "queue")));
    rounds.add(SLOW, Child.java(SdkDelivery.class, arguments(runs, "1", "1")));
    rounds.add(HUNDRED, Child.java(SdkDelivery.class, arguments(runs, "100", "0")));
    rounds.add(JNA, Child.java(JnaClient.class, arguments(runs / 2)));
    rounds.add(PYTHON, Child.python("callback", arguments(runs / 2)));
    return rounds;
  }

  /**
   * Returns the common arguments of all clients, followed by those of one client: library, model,
   * prompt and number of runs.
   */
  private static Object[] arguments(int runs, String... more) {
    Object[] common = {StreamModel.library(), StreamModel.path(), StreamModel.tokens(8_000), runs};
    return Stream.concat(Arrays.stream(common), Arrays.stream(more)).toArray();
  }

  private static void intoTheLog(Rounds rounds, Table table) {
    table.heading("native callback → token log", "ns a token");
    double simulator = rounds.best(SIMULATOR, CLOCK);
    table.line(SIMULATOR, simulator, "taken off below");
    for (String other : List.of(C, EMPTY, STRING)) {
      table.line(other, rounds.best(other, CLOCK) - simulator);
    }
    double string = rounds.best(STRING, CLOCK) - simulator;
    double log = rounds.best(LOG, CLOCK) - simulator;
    table.line(LOG, log);
    table.atMost(1.6, log / string, "× the upcall that makes a String");
    double python = rounds.best(PYTHON, CLOCK) - simulator;
    table.line(PYTHON, python);
    table.atLeast(4, python / log, "× what the SDK takes");
    double jna = rounds.best(JNA, CLOCK) - simulator;
    table.line(JNA, jna);
    table.atLeast(7, jna / log, "× what the SDK takes");
  }

  private static void toSubscribers(Rounds rounds, Table table) {
    table.heading("native callback → subscriber on another thread", "ns a token");
    double simulator = rounds.best(SIMULATOR, CLOCK);
    double string = rounds.best(STRING, CLOCK) - simulator;
    double subscriber = rounds.best(SUBSCRIBER, CLOCK) - simulator;
    table.line(SUBSCRIBER, subscriber);
    table.atMost(2.5, subscriber / string, "× the upcall that makes a String");
    for (String other : List.of(PUBLISHER, QUEUE)) {
      double figure = rounds.best(other, CLOCK) - simulator;
      table.line(other, figure);
      table.atLeast(1, figure / subscriber, "× what the SDK takes");
    }
  }

  private static void ofTheProducer(Rounds rounds, Table table) {
    table.heading("… what the producer's thread computes for it", "ns a token");
    double simulator = rounds.best(SIMULATOR, PROCESSOR);
    table.line(SIMULATOR, simulator, "taken off below");
    double one = rounds.best(SUBSCRIBER, PROCESSOR) - simulator;
    table.line(SUBSCRIBER, one);
    for (String other : List.of(SLOW, HUNDRED)) {
      double figure = rounds.best(other, PROCESSOR) - simulator;
      table.line(other, figure);
      table.atMost(1.15, figure / one, "× what it does for one");
    }
  }
}
