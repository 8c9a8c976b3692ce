package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.examples.server.store.UnknownModelException;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events while a model is loaded: waiting requests leave, and its files change. */
@Timeout(60)
class PoolWaitsTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  @TempDir Path folder;
  private HeldStore store;
  private HeldLoader loader;
  private ModelPool pool;

  /** Waits in each load until the test lets it go on. */
  private static final class HeldLoader extends ModelLoader {
    final Semaphore begun = new Semaphore(0);
    final Semaphore permits = new Semaphore(0);
    volatile @Nullable Throwable failure;
    volatile Duration loadTimeout = LONG;

    HeldLoader() {
      super(LoadOptions.builder().library(Simulator.library(Release.V1_3_1)).build());
    }

    @Override
    public LoadOptions options() {
      return LoadOptions.builder().maxModels(1).loadTimeout(loadTimeout).build();
    }

    @Override
    public ServedModel load(StoredModel stored) {
      begun.release();
      try {
        permits.acquire();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      Throwable planted = failure;
      if (planted instanceof Error error) {
        throw error;
      }
      if (planted instanceof RuntimeException exception) {
        throw exception;
      }
      return super.load(stored);
    }
  }

  /** Waits, the first time it was read, until the test lets it go on. */
  private static final class HeldStore extends ModelStore {
    final CountDownLatch read = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    volatile boolean holds;

    HeldStore(Path folder) {
      super(folder, List.of());
    }

    @Override
    public StoredModel get(String name) {
      StoredModel model = super.get(name);
      if (holds && Thread.currentThread().getName().equals("held")) {
        holds = false;
        read.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return model;
    }
  }

  @BeforeEach
  void start() {
    for (String name : List.of("a", "b")) {
      SimulatedServer.write(folder, name, "TEMPLATE=qwen3\nSYSTEM=old\n", "when: hi\nsay: Hello");
    }
    store = new HeldStore(folder);
    loader = new HeldLoader();
    pool = new ModelPool(store, loader);
  }

  @AfterEach
  void stop() {
    loader.permits.release(1_000);
    pool.close();
  }

  /** A request that asks for a model on a thread of its own. */
  private final class Asking {
    final FutureTask<ModelLease> lease;
    final Thread thread;

    Asking(String model, Duration atMost) {
      lease = new FutureTask<>(() -> pool.lease(model, null, atMost));
      thread = Thread.ofPlatform().daemon().name("held").start(lease);
    }

    @Nullable String system() throws Exception {
      try (ModelLease given = lease.get()) {
        return given.model().stored().modelfile().system();
      }
    }

    void assertFails(Class<? extends Throwable> type) {
      assertThatThrownBy(lease::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(type);
    }
  }

  private void create(String system) {
    pool.create("c", "FROM=a\nSYSTEM=" + system + "\n");
  }

  private boolean isEmpty() {
    return pool.loaded().isEmpty();
  }

  // ---- Waiting

  @Test
  void lease_interruptedDuringTheLoad_returnsImmediately_andTheLoadContinuesForOthers()
      throws Exception {
    Asking first = new Asking("a", LONG);
    loader.begun.acquire();
    Asking second = new Asking("a", LONG);
    first.thread.interrupt();

    first.assertFails(ModelWaitException.class);
    loader.permits.release();
    assertThat(second.system()).isEqualTo("old");
    assertThat(pool.loads()).isEqualTo(1);
  }

  @Test
  void lease_everybodyHasLeft_modelIsKeptForItsTime_andUnloaded() throws Exception {
    Asking asking = new Asking("a", LONG);
    loader.begun.acquire();
    asking.thread.interrupt();
    asking.assertFails(ModelWaitException.class);
    loader.permits.release();

    await().until(() -> pool.loads() == 1 && pool.timers() == 1);
    assertThat(pool.unload("a")).isTrue();
    assertThat(isEmpty()).isTrue();
  }

  @Test
  void lease_interruptedBeforehand_throwsInterruptedException() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> pool.lease("a", null, LONG))
          .isInstanceOfSatisfying(
              ModelWaitException.class, e -> assertThat(e.timedOut()).isFalse());
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void lease_timeoutDuringTheLoad_isReported() {
    assertThatThrownBy(() -> pool.lease("a", null, Duration.ofMillis(20)))
        .isInstanceOfSatisfying(ModelWaitException.class, e -> assertThat(e.timedOut()).isTrue())
        .hasMessageContainingAll("model a", "--timeout");
  }

  @Test
  void lease_timeoutWhileAnotherModelUnloads_isReported() throws Exception {
    create("one");
    loader.permits.release();
    try (ModelLease _ = pool.lease("c", null, LONG)) {
      create("two");

      assertThatThrownBy(() -> pool.lease("c", null, Duration.ofMillis(20)))
          .isInstanceOf(ModelWaitException.class);
      Asking asking = new Asking("c", LONG);
      await().until(() -> asking.thread.getState() == Thread.State.TIMED_WAITING);
      asking.thread.interrupt();
      asking.assertFails(ModelWaitException.class);
    }
  }

  @Test
  void lease_loaderThrowsAnError_failsForAll_andCanBeTriedAgain() throws Exception {
    loader.failure = new StackOverflowError("planted");
    Asking asking = new Asking("a", LONG);
    loader.begun.acquire();
    loader.permits.release();
    assertThatThrownBy(asking.lease::get).hasRootCauseMessage("planted");

    loader.failure = null;
    loader.permits.release();
    assertThat(new Asking("a", LONG).system()).isEqualTo("old");
  }

  @Test
  void load_takesTooLong_failsForAll_andCountsUntilItHasReturned() throws Exception {
    loader.loadTimeout = Duration.ofMillis(20);
    Asking asking = new Asking("a", LONG);
    asking.assertFails(ModelLoadException.class);
    loader.loadTimeout = LONG;

    assertThatThrownBy(() -> pool.lease("a", null, LONG))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("model a", "--load-timeout");
    assertThatThrownBy(() -> pool.lease("b", null, LONG))
        .isInstanceOf(InsufficientCapacityException.class)
        .hasMessageContainingAll("--max-models", "has not returned from loading a", "restart")
        .hasMessageNotContaining("memory");
    assertThat(pool.health().hangingLoads()).containsExactly("a");
    assertThat(pool.health().isGood()).isFalse();
    pool.create("a", "FROM=a\nSYSTEM=new\n"); // does not wait for it
    assertThat(pool.failedLoads()).isEqualTo(1);
    assertThat(pool.timers()).isZero();

    loader.permits.release(2); // native code returns
    await().until(() -> canLease("b"));
    assertThat(pool.health().isGood()).isTrue();
    assertThat(pool.loaded()).extracting(model -> model.stored().name()).containsExactly("b");
  }

  private boolean canLease(String model) {
    try (ModelLease _ = pool.lease(model, null, LONG)) {
      return true;
    } catch (InsufficientCapacityException e) {
      return false;
    }
  }

  @Test
  void close_whileAnAbandonedLoadHangs_returns() {
    loader.loadTimeout = Duration.ofMillis(20);
    new Asking("a", LONG).assertFails(ModelLoadException.class);

    pool.close();

    assertThat(isEmpty()).isTrue();
    await().until(() -> loader.permits.getQueueLength() == 0);
  }

  @Test
  void close_whileALoadHangs_rejectsWaitingRequests_andReturns() throws Exception {
    Asking asking = new Asking("a", LONG);
    loader.begun.acquire();

    pool.close();

    asking.assertFails(PoolClosedException.class);
    assertThat(isEmpty()).isTrue();
  }

  // ---- Changes

  @Test
  void create_whileTheModelLoads_nextRequestGetsTheNewSettings() throws Exception {
    create("one");
    Asking before = new Asking("c", LONG);
    loader.begun.acquire();

    create("two");
    Asking after = new Asking("c", LONG);
    loader.permits.release(2);

    assertThat(before.system()).isEqualTo("one");
    assertThat(after.system()).isEqualTo("two");
  }

  @Test
  void create_betweenReadingTheModelfileAndLoading_nextRequestGetsTheNewSettings()
      throws Exception {
    create("one");
    store.holds = true;
    Asking before = new Asking("c", LONG);
    store.read.await();

    create("two");
    loader.permits.release(2);
    store.goOn.countDown();
    assertThat(before.system()).isEqualTo("two");
    assertThat(new Asking("c", LONG).system()).isEqualTo("two");
  }

  @Test
  void create_whileTheModelIsUsed_nextRequestGetsTheNewSettings() throws Exception {
    create("one");
    loader.permits.release(2);
    Asking after;
    try (ModelLease lease = pool.lease("c", null, LONG)) {
      create("two");
      after = new Asking("c", LONG);
      await().until(() -> after.thread.getState() == Thread.State.TIMED_WAITING);
      assertThat(lease.model().model().generate("hi").text()).isNotEmpty();
    }
    assertThat(after.system()).isEqualTo("two");
  }

  @Test
  void lease_filesChangedByAnotherProcess_getsTheNewSettings() throws Exception {
    loader.permits.release(2);
    assertThat(new Asking("a", LONG).system()).isEqualTo("old");
    new ModelStore(folder, List.of()).create("a", "FROM=b\nSYSTEM=new\n");

    assertThat(new Asking("a", LONG).system()).isEqualTo("new");
  }

  @Test
  void delete_whileTheModelLoads_leavesNothingInMemory() throws Exception {
    Asking asking = new Asking("a", LONG);
    loader.begun.acquire();
    pool.delete("a");
    loader.permits.release();

    asking.assertFails(UnknownModelException.class); // rather than that its file is missing
    await().until(this::isEmpty);
    assertThat(pool.timers()).isZero();
  }

  @Test
  void create_whileTheModelLoads_aLoadThatFailsIsRepeatedFromTheNewFiles() throws Exception {
    create("one");
    Asking asking = new Asking("c", LONG);
    loader.begun.acquire();
    create("two");
    loader.failure = new ModelLoadException("planted", folder, RkllmException.NO_CODE, null);
    loader.permits.release();
    loader.begun.acquire();
    loader.failure = null;
    loader.permits.release();

    assertThat(asking.system()).isEqualTo("two");
  }

  @Test
  void delete_betweenReadingTheModelfileAndLoading_loadsNothing() throws Exception {
    store.holds = true;
    Asking asking = new Asking("a", LONG);
    store.read.await();
    pool.delete("a");
    store.goOn.countDown();

    asking.assertFails(io.rkllm.examples.server.store.UnknownModelException.class);
    assertThat(loader.begun.availablePermits()).isZero();
  }

  @Test
  void pulled_whileTheModelLoads_nextRequestReloads() throws Exception {
    Asking before = new Asking("a", LONG);
    loader.begun.acquire();
    pool.pulled(store.get("a"));
    Asking after = new Asking("a", LONG);
    loader.permits.release(2);

    before.system();
    after.system();
    assertThat(pool.loads()).isEqualTo(2);
  }

  // ---- What stays

  @Test
  void giveBack_manyTimes_leavesOneTimer() {
    loader.permits.release();
    for (int i = 0; i < 1_000; i++) {
      pool.lease("a", null, LONG).close();
    }
    assertThat(pool.timers()).isEqualTo(1);
  }

  @Test
  void lease_evictedModel_isNotRetainedByItsTimer() throws IOException {
    loader.permits.release(2);
    WeakReference<ServedModel> victim = leaseOnce("a");
    pool.lease("b", null, LONG).close();

    assertThat(pool.timers()).isEqualTo(1);
    await()
        .until(
            () -> {
              System.gc();
              return victim.refersTo(null);
            });
    assertThat(Files.exists(folder.resolve("a"))).isTrue();
  }

  private WeakReference<ServedModel> leaseOnce(String name) {
    try (ModelLease lease = pool.lease(name, null, LONG)) {
      return new WeakReference<>(Objects.requireNonNull(lease.model()));
    }
  }
}
