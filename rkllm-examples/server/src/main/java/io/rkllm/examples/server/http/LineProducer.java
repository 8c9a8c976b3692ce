package io.rkllm.examples.server.http;

import java.util.function.Consumer;

/** A task that reports its progress in lines. */
public interface LineProducer {

  /**
   * Runs the task.
   *
   * @param lines accepts a line, without its line break, and sends it immediately
   */
  void run(Consumer<? super String> lines) throws InterruptedException;
}
