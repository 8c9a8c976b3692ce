package io.rkllm.examples.bench;

/** A benchmark, which measures the SDK and its alternatives in one run. */
@FunctionalInterface
public interface Measure {
  /**
   * Runs the benchmark and adds the results to a table.
   *
   * @throws Exception if it cannot run on this machine; the table contains the reason
   */
  void run(Effort effort, Table table) throws Exception;
}
