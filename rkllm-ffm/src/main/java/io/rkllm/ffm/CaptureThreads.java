package io.rkllm.ffm;

/**
 * Creates the threads of the captured output, which may serve several applications. They refer to
 * nothing of the application whose model was loaded first: neither to its context class loader, nor
 * its thread group, nor its inheritable thread-local values.
 */
final class CaptureThreads {
  private CaptureThreads() {}

  /** Creates a daemon thread. */
  static Thread create(String name, Runnable work) {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    Thread thread =
        Thread.ofPlatform()
            .group(group)
            .daemon()
            .name(name)
            .inheritInheritableThreadLocals(false)
            .unstarted(work);
    thread.setContextClassLoader(null);
    return thread;
  }
}
