package io.rkllm.examples.bench;

/** Something that is measured, beside what else a user could pick, in one run. */
@FunctionalInterface
public interface Measure {
  /**
   * Measures, and writes down what came of it.
   *
   * @throws Exception if it cannot be measured here; the table says why
   */
  void run(Effort effort, Table table) throws Exception;
}
