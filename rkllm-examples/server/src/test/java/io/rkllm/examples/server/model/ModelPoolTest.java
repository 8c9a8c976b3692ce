package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmModel;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.examples.server.store.UnknownModelException;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which models are in memory, and for how long. */
@Timeout(60)
class ModelPoolTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  @TempDir Path folder;

  private ModelPool pool(UnaryOperator<LoadOptions.Builder> options) {
    for (String name : List.of("a", "b", "c")) {
      SimulatedServer.write(folder, name, "TEMPLATE=qwen3\n", "when: hi\nsay: I am " + name);
    }
    return new ModelPool(
        new ModelStore(folder, List.of()),
        new ModelLoader(
            options
                .apply(LoadOptions.builder().library(Simulator.library(Release.V1_3_1)))
                .build()));
  }

  private static List<String> names(ModelPool pool) {
    return pool.loaded().stream().map(model -> model.stored().name()).toList();
  }

  @Test
  void lease_sameModelByMany_isLoadedOnce() throws Exception {
    try (ModelPool pool = pool(it -> it);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<ModelLease>> leases = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        leases.add(clients.submit(() -> pool.lease("a", null, LONG)));
      }
      for (Future<ModelLease> lease : leases) {
        assertThat(lease.get().model()).isSameAs(leases.getFirst().get().model());
      }
      assertThat(pool.loads()).isEqualTo(1);
      assertThat(pool.loaded()).singleElement().matches(model -> model.requests() == 20);
      for (Future<ModelLease> lease : leases) {
        lease.get().close();
        lease.get().close(); // harmless
      }
      assertThat(pool.loaded()).singleElement().matches(model -> model.requests() == 0);
    }
  }

  @Test
  void lease_unknownModel_listsTheKnownModels() {
    try (ModelPool pool = pool(it -> it)) {
      assertThatThrownBy(() -> pool.lease("z", null, LONG))
          .isInstanceOf(UnknownModelException.class)
          .hasMessageContaining("a, b, c");
    }
  }

  @Test
  void lease_moreModelsThanAllowed_leastRecentlyUsedGoes() {
    try (ModelPool pool = pool(it -> it.maxModels(2))) {
      pool.lease("a", null, LONG).close();
      pool.lease("b", null, LONG).close();
      pool.lease("a", null, LONG).close();
      pool.lease("c", null, LONG).close();

      assertThat(names(pool)).containsExactly("a", "c");
    }
  }

  @Test
  void lease_allOthersInUse_isRefusedUntilOneIsIdle() {
    try (ModelPool pool = pool(it -> it.maxModels(1))) {
      ModelLease inUse = pool.lease("a", null, LONG);

      assertThatThrownBy(() -> pool.lease("b", null, LONG))
          .isInstanceOf(InsufficientCapacityException.class)
          .hasMessageContaining("b");
      inUse.close();
      pool.lease("b", null, LONG).close();
      assertThat(names(pool)).containsExactly("b");
    }
  }

  /** An idle model would have to go, and that would not be enough: so it stays. */
  @Test
  void lease_notEnoughMemoryEvenWithoutIdleModels_keepsThem() throws Exception {
    try (ModelPool pool = pool(it -> it)) {
      try (var file = new RandomAccessFile(folder.resolve("c/model.rkllm").toFile(), "rw")) {
        file.setLength(1L << 42); // sparse: more than any machine has
      }
      pool.lease("a", null, LONG).close();
      try (ModelLease inUse = pool.lease("b", null, LONG)) {
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(() -> pool.lease("c", null, LONG))
              .isInstanceOf(InsufficientCapacityException.class)
              .hasMessageContaining("c");
        }
        assertThat(inUse.model().model().generate("hi").text()).contains("I am b");
        assertThat(names(pool)).containsExactly("a", "b");
        try (ModelLease idle = pool.lease("a", null, LONG)) {
          assertThat(idle.model().model().generate("hi").text()).contains("I am a");
        }
      }
      assertThat(pool.loads()).isEqualTo(2); // nothing was unloaded meanwhile
      assertThat(pool.unload("a")).isTrue();
      await().until(() -> names(pool).equals(List.of("b")));
    }
  }

  /** The one that has waited longest goes, and no more than are needed. */
  @Test
  void lease_memoryForOne_evictsOnlyOneModel() {
    try (ModelPool pool = pool(it -> it.maxModels(2))) {
      pool.lease("b", null, LONG).close();
      ModelLease inUse = pool.lease("a", null, LONG);
      pool.lease("c", null, LONG).close();
      assertThat(names(pool)).containsExactly("a", "c"); // b was idle
      inUse.close();
      pool.lease("b", null, LONG).close();
      assertThat(names(pool)).containsExactly("a", "b"); // c was idle for longer
    }
  }

  @Test
  void lease_whileAnotherModelUnloads_waitsForItsMemory() {
    try (ModelPool pool = pool(it -> it.maxModels(1))) {
      for (int i = 0; i < 30; i++) {
        pool.lease("a", Duration.ZERO, LONG).close(); // begins to leave
        pool.lease("b", Duration.ZERO, LONG).close();
      }
      await().until(() -> names(pool).isEmpty());
    }
  }

  @Test
  void giveBack_keepAliveIsOver_isUnloaded() {
    try (ModelPool pool = pool(it -> it)) {
      pool.lease("a", Duration.ofMillis(50), LONG).close();
      pool.lease("b", Duration.ofMillis(-1), LONG).close();

      await().until(() -> names(pool).equals(List.of("b")));
    }
  }

  @Test
  void giveBack_askedForAgainMeanwhile_staysLoaded() throws Exception {
    try (ModelPool pool = pool(it -> it)) {
      pool.lease("a", Duration.ofMillis(100), LONG).close();
      try (ModelLease again = pool.lease("a", null, LONG)) {
        pool.lease("b", Duration.ZERO, LONG).close();
        await().until(() -> names(pool).equals(List.of("a"))); // the time of b is over
        assertThat(again.model().model().generate("hi").text()).contains("I am a");
      }
    }
  }

  @Test
  void unload_inUse_happensOnRelease() {
    try (ModelPool pool = pool(it -> it)) {
      ModelLease lease = pool.lease("a", null, LONG);
      assertThat(pool.unload("a")).isTrue();
      assertThat(names(pool)).containsExactly("a");

      lease.close();
      await().until(() -> names(pool).isEmpty());
      assertThat(pool.unload("a")).isFalse();
    }
  }

  @Test
  void lease_modelThatCannotBeLoaded_failsForAllAndCanBeTriedAgain() throws Exception {
    try (ModelPool pool = pool(it -> it)) {
      Path file = folder.resolve("a/model.rkllm");
      String good = Files.readString(file);
      Files.writeString(file, "no model at all");
      assertThatThrownBy(() -> pool.lease("a", null, LONG)).isInstanceOf(ModelLoadException.class);
      assertThat(pool.failedLoads()).isEqualTo(1);

      Files.writeString(file, good);
      pool.lease("a", null, LONG).close();
      assertThat(names(pool)).containsExactly("a");
    }
  }

  /** Fails with what is not an exception, as long as it is set: to load, or to unload. */
  private static final class FailingLoader extends ModelLoader {
    @Nullable Error loading;
    @Nullable Error unloading;

    FailingLoader() {
      super(LoadOptions.builder().library(Simulator.library(Release.V1_3_1)).build());
    }

    @Override
    public ServedModel load(StoredModel stored) {
      if (loading != null) {
        throw loading;
      }
      ServedModel loaded = super.load(stored);
      if (unloading == null) {
        return loaded;
      }
      RkllmModel failing =
          (RkllmModel)
              Proxy.newProxyInstance(
                  RkllmModel.class.getClassLoader(),
                  new Class<?>[] {RkllmModel.class},
                  (_, method, arguments) -> {
                    if (method.getName().equals("close")) {
                      loaded.model().close();
                      throw unloading;
                    }
                    return method.invoke(loaded.model(), arguments);
                  });
      return new ServedModel(stored, failing, loaded.renderer(), loaded.loras());
    }
  }

  @Test
  void lease_loadThrowsAnError_failsAndCanBeTriedAgain() {
    FailingLoader loader = new FailingLoader();
    try (ModelPool pool = new ModelPool(pool(it -> it).store(), loader)) {
      loader.loading = new StackOverflowError("planted");
      assertThatThrownBy(() -> pool.lease("a", null, LONG)).rootCause().isSameAs(loader.loading);
      assertThat(pool.failedLoads()).isEqualTo(1);

      loader.loading = null;
      pool.lease("a", null, LONG).close();
      assertThat(names(pool)).containsExactly("a");
    }
  }

  @Test
  void unload_throwsAnError_modelIsRemoved_andCanBeReloaded() {
    FailingLoader loader = new FailingLoader();
    try (ModelPool pool = new ModelPool(pool(it -> it).store(), loader)) {
      loader.unloading = new AssertionError("planted");
      pool.lease("a", null, LONG).close();
      assertThat(pool.unload("a")).isTrue();
      assertThat(names(pool)).isEmpty();

      pool.lease("a", null, LONG).close(); // closing the pool throws nothing either
      assertThat(names(pool)).containsExactly("a");
    }
  }

  @Test
  void close_whileModelsAreAskedFor_leavesNone() throws Exception {
    Random random = new Random();
    ModelPool pool = pool(it -> it.maxModels(2).keepAlive(Duration.ofMillis(5)));
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        String name = List.of("a", "b", "c").get(random.nextInt(3));
        var _ =
            clients.submit(
                () -> {
                  try (ModelLease lease = pool.lease(name, null, LONG)) {
                    return lease.model().model().generate("hi").text();
                  }
                });
      }
      pool.lease("a", null, LONG).close();
    } catch (InsufficientCapacityException _) {
      // the others were faster
    }
    pool.close();

    assertThat(pool.loaded()).isEmpty();
    assertThatThrownBy(() -> pool.lease("a", null, LONG))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("stopping");
  }

  @Test
  void list_brokenModels_areLeftOut() throws IOException {
    try (ModelPool pool = pool(it -> it)) {
      Files.createDirectories(folder.resolve("empty"));
      Files.createDirectories(folder.resolve("broken"));
      Files.writeString(folder.resolve("broken/Modelfile"), "FROM=../a/model.rkllm\n");

      assertThat(pool.store().list())
          .extracting(model -> model.name())
          .containsExactly("a", "b", "c");
    }
  }
}
