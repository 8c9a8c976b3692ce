package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of models that change on disk, by whatever way. */
@Timeout(60)
final class ChangedFilesTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String SCRIPT = "when: *\nsay: one";

  @TempDir Path folder;
  private ModelStore store;
  private ModelPool pool;

  @BeforeEach
  void start() throws IOException {
    SimulatedServer.write(folder, "m", "TEMPLATE=t.jinja\nSYSTEM=old\n", SCRIPT);
    Files.writeString(folder.resolve("m/t.jinja"), "{{ messages[0].content }}");
    store = new ModelStore(folder, List.of());
    pool =
        new ModelPool(
            store,
            new ModelLoader(
                LoadOptions.builder().library(Simulator.library(Release.V1_3_1)).build()));
    pool.lease("m", null, LONG).close();
  }

  @AfterEach
  void stop() {
    pool.close();
  }

  private Path file(String name) {
    return folder.resolve("m").resolve(name);
  }

  /** Replaces a file by a new one, as pulls, rsync, and editors do. */
  private void replace(String name, String text) throws IOException {
    Path next = Files.writeString(folder.resolve("next"), text);
    Files.move(next, file(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private void assertListedAsOnDisk() {
    assertThat(pool.loaded()).extracting(LoadedModelInfo::stored).isEqualTo(store.list());
  }

  @Test
  void modelfile_changed_idleModelIsLoadedAgain() throws IOException {
    replace("Modelfile", "FROM=model.rkllm\nSYSTEM=new\n");

    await().atMost(LONG).until(() -> pool.loads() == 2 && pool.size() == 1);
    assertListedAsOnDisk();
    assertThat(pool.loaded().getFirst().stored().modelfile().system()).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"t.jinja", "model.rkllm", "tokenizer/chat_template.jinja"})
  void file_besideTheModelfile_changed_idleModelIsLoadedAgain(String name) throws IOException {
    Files.createDirectories(file("tokenizer"));
    String text = Files.exists(file(name)) ? Files.readString(file(name)) : "{# #}";
    replace(name, text + "\n");

    await().atMost(LONG).until(() -> pool.loads() == 2 && pool.size() == 1);
    assertListedAsOnDisk();
  }

  @Test
  void file_ofTheSameSizeAndTime_isAnotherFile() throws IOException {
    FileTime time = Files.getLastModifiedTime(file("t.jinja"));
    Files.writeString(folder.resolve("next"), "{{ messages[0].content }}");
    Files.setLastModifiedTime(folder.resolve("next"), time);
    Files.move(folder.resolve("next"), file("t.jinja"), StandardCopyOption.ATOMIC_MOVE);

    pool.lease("m", null, LONG).close();

    assertThat(pool.loads()).isEqualTo(2);
  }

  @Test
  void template_changed_nextRequestGetsIt() throws IOException {
    Files.writeString(file("t.jinja"), "new {{ messages[0].content }}");

    pool.lease("m", null, LONG).close();

    assertThat(pool.loads()).isEqualTo(2);
  }

  @Test
  void modelInUse_changed_staysUntilItIsReleased_andIsNotListed() throws IOException {
    try (ModelLease lease = pool.lease("m", null, LONG)) {
      replace("Modelfile", "FROM=model.rkllm\nSYSTEM=new\n");

      assertThat(pool.loaded()).isEmpty();
      assertThat(lease.model().model().generate("hi").text()).isEqualTo("one");
      assertThat(pool.loads()).isEqualTo(1);
    }
    await().atMost(LONG).until(() -> pool.loads() == 2 && pool.size() == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "FROM=other.rkllm\n", "FROM=model.rkllm\nTOP_P=7\n"})
  void modelfile_broken_modelIsListedNowhere(String modelfile) throws IOException {
    replace("Modelfile", modelfile);

    assertThat(store.list()).isEmpty();
    assertThat(pool.loaded()).isEmpty();
    await().atMost(LONG).until(() -> pool.size() == 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"m", "new"})
  void model_isBeingCopied_isLoadedWhenItIsComplete(String name) throws Exception {
    if (name.equals("m")) {
      pool.lease(name, null, LONG).close();
    }
    Path model = Files.createDirectories(folder.resolve(name)).resolve("model.rkllm");
    String header = "RKLLM-SIMULATOR-MODEL 1\nplatform: RK3588\n";
    Files.writeString(model, header);
    AtomicBoolean isCopying = new AtomicBoolean(true);
    FutureTask<Void> copying =
        new FutureTask<>(
            () -> {
              while (isCopying.get()) {
                Files.writeString(model, "# one line after the other\n", StandardOpenOption.APPEND);
              }
              Files.writeString(model, "when: *\nsay: complete", StandardOpenOption.APPEND);
              return null;
            });
    Thread.ofPlatform().start(copying);
    FutureTask<String> answer =
        new FutureTask<>(
            () -> {
              try (ModelLease lease = pool.lease(name, null, LONG)) {
                return lease.model().model().generate("hi").text();
              }
            });
    Thread request = Thread.ofPlatform().start(answer);

    await().until(() -> answer.isDone() || request.getState() == Thread.State.TIMED_WAITING);
    isCopying.set(false);

    copying.get();
    assertThat(answer.get()).isEqualTo("complete");
    assertThat(pool.failedLoads()).isZero();
  }

  @Test
  void nothingChanged_staysLoaded() throws IOException {
    StoredModel before = store.get("m");
    Files.setLastModifiedTime(folder, FileTime.from(Instant.EPOCH));
    Files.writeString(file("README"), "of no concern");

    pool.lease("m", null, LONG).close();

    assertThat(pool.loads()).isEqualTo(1);
    assertThat(pool.loaded()).extracting(LoadedModelInfo::stored).containsExactly(before);
  }
}
