package io.rkllm.internal.thread;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ModelThreadsTest {
  private final ModelThreads threads = new ModelThreads("model");
  private final Object object = new Object();

  @Test
  void refuseOwnThread_onTheThreadOfCallbacks_throws() {
    threads.refuseOwnThread("x()");
    threads.markCallbackThread();
    assertThatThrownBy(() -> threads.refuseOwnThread("x()"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void watchDropped_endsWithTheModel_andBeginsNoMore() {
    assumeTrue(noWatcher(), "another test has left a model open");
    threads.watchDropped(object, () -> {});
    threads.close();
    awaitNoWatcher();
    threads.watchDropped(object, () -> {});
    awaitNoWatcher();
  }

  private static void awaitNoWatcher() {
    await().until(ModelThreadsTest::noWatcher);
  }

  private static boolean noWatcher() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("rkllm-dropped"));
  }
}
