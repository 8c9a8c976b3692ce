package io.rkllm.spi;

/**
 * Creates threads that serve all models, possibly of several applications. They refer to nothing of
 * the application whose model was loaded first: neither to its context class loader, nor its thread
 * group, nor its inheritable thread-local values, so that an application that was undeployed can be
 * collected.
 *
 * @since 0.1.0
 */
public final class SharedThreads {
  private SharedThreads() {}

  /** Creates a daemon thread, which the caller starts. */
  public static Thread create(String name, Runnable work) {
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
