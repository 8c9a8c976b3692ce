package io.rkllm.examples.bench.callback;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Rounds;
import io.rkllm.examples.bench.Table;
import java.io.IOException;

/**
 * What a token costs from the native callback until the client has it: the time of the decoding by
 * the runtime's own clock, divided by its tokens, less what the simulator itself takes for them.
 */
public final class CallbackCost implements Measure {
  private static final String SIMULATOR = "the simulator itself, with an empty C callback";
  private static final String C = "C function pointer that copies the text";
  private static final String EMPTY = "FFM upcall that returns 0";
  private static final String STRING = "FFM upcall that makes a String";
  private static final String JNA = "JNA callback that makes a String";
  private static final String PYTHON = "Python ctypes callback that makes a str";
  private static final String SDK = "rkllm for Java: into the token log";

  @Override
  public void run(Effort effort, Table table) throws IOException {
    int runs = effort.of(500, 2_000);
    Rounds rounds = new Rounds();
    rounds.add(SIMULATOR, Child.c("callback", TokenClients.arguments(runs, "empty")));
    rounds.add(C, Child.c("callback", TokenClients.arguments(runs, "copy")));
    rounds.add(EMPTY, Child.java(FfmClient.class, TokenClients.arguments(runs, "empty")));
    rounds.add(STRING, Child.java(FfmClient.class, TokenClients.arguments(runs, "string")));
    rounds.add(SDK, Child.java(SdkClient.class, TokenClients.arguments(runs)));
    rounds.add(JNA, Child.java(JnaClient.class, TokenClients.arguments(runs / 2)));
    rounds.add(PYTHON, Child.python("callback", TokenClients.arguments(runs / 2)));
    rounds.run(effort.of(3, 10));

    table.heading("native callback → token log", "ns a token");
    double simulator = rounds.median(SIMULATOR);
    table.line(SIMULATOR, simulator, "taken off below");
    double string = rounds.median(STRING) - simulator;
    double sdk = rounds.median(SDK) - simulator;
    for (String other : new String[] {C, EMPTY, STRING}) {
      table.line(other, rounds.median(other) - simulator);
    }
    table.line(SDK, sdk);
    table.atMost(1.6, sdk / string, "× the upcall that makes a String");
    double python = rounds.median(PYTHON) - simulator;
    table.line(PYTHON, python);
    table.atLeast(4, python / sdk, "× what the SDK takes");
    double jna = rounds.median(JNA) - simulator;
    table.line(JNA, jna);
    table.atLeast(7, jna / sdk, "× what the SDK takes");
  }
}
