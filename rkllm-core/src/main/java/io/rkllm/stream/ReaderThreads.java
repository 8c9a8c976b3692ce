package io.rkllm.stream;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * The default executor of subscribers. It runs each on its own virtual thread, which may wait
 * between events. An executor of the application may have few threads, so a subscriber does not
 * occupy one of its threads between events.
 */
public enum ReaderThreads implements Executor {
  /** The only instance. */
  VIRTUAL;

  private static final ThreadFactory THREADS = Thread.ofVirtual().name("rkllm-reader").factory();

  @Override
  public void execute(Runnable task) {
    THREADS.newThread(task).start();
  }
}
