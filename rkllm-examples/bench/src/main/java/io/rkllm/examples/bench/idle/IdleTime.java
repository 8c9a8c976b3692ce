package io.rkllm.examples.bench.idle;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Percentile;
import io.rkllm.examples.bench.StreamModel;
import io.rkllm.examples.bench.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The processor time of a process to which an answer is streamed at 20 tokens a second, in excess
 * of that of the same process with an idle model. All processes run at the same time.
 */
public final class IdleTime implements Measure {
  private static final int PACE = 50;

  @Override
  public void run(Effort effort, Table table) throws Exception {
    int seconds = effort.of(10, 60);
    String prompt = StreamModel.tokens(seconds * 1_000 / PACE, PACE);
    Object[] idle = {StreamModel.library(), StreamModel.path(), seconds};
    Object[] streaming = {StreamModel.library(), StreamModel.path(), seconds, prompt};
    List<Child> children =
        List.of(
            Child.java(IdleClient.class, idle),
            Child.java(IdleClient.class, streaming),
            Child.python("idle", idle),
            Child.python("idle", streaming));
    List<double[]> shares = new ArrayList<>();
    for (int round = effort.of(1, 3); round > 0; round--) {
      shares.add(sharesOfACore(children, seconds));
    }

    table.heading("processor time while 20 tokens a second stream", "% of a core");
    table.line("the same JVM, idle", median(shares, 0), "taken off below");
    double sdk = median(shares, 1) - median(shares, 0);
    table.line("rkllm for Java: iterator", sdk);
    table.atMost(1, sdk, "% of a core");
    double python = median(shares, 3) - median(shares, 2);
    table.line("Python, polling every 5 ms", python, "an idle Python is taken off");
  }

  private static double median(List<double[]> shares, int child) {
    return Percentile.of(50, shares.stream().mapToDouble(share -> share[child]).toArray());
  }

  /** Runs all processes at the same time and returns the percentage of one core that each used. */
  public static double[] sharesOfACore(List<Child> children, int seconds)
      throws IOException, InterruptedException {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<double[]>> figures =
          children.stream().map(child -> executor.submit(child::column)).toList();
      double[] shares = new double[figures.size()];
      for (int i = 0; i < shares.length; i++) {
        shares[i] = figures.get(i).get()[0] / (seconds * 1e9) * 100;
      }
      return shares;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }
}
