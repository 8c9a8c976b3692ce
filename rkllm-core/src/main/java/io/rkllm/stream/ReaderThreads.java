package io.rkllm.stream;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * Where subscribers are called unless the user names an executor: each on a virtual thread of its
 * own, which waits between events. An executor of the user's may have few threads, and gets them
 * back meanwhile.
 */
public enum ReaderThreads implements Executor {
  /** All of them. */
  VIRTUAL;

  private static final ThreadFactory THREADS = Thread.ofVirtual().name("rkllm-reader").factory();

  @Override
  public void execute(Runnable task) {
    THREADS.newThread(task).start();
  }
}
