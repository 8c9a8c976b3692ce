package io.rkllm.examples.server.http;

import java.util.function.Consumer;

/** Work that tells how far it is. */
public interface LineProducer {

  /**
   * Does it.
   *
   * @param lines takes a line, without its break, and sends it at once
   */
  void run(Consumer<? super String> lines) throws InterruptedException;
}
