package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.store.ModelFiles;
import io.rkllm.examples.server.store.ModelStore;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a model that may still be being written. */
final class DiskStateTest {
  @TempDir Path folder;
  private DiskState disk;

  @BeforeEach
  void start() {
    SimulatedServer.write(folder, "m", "TEMPLATE=qwen3\n", "when: *\nsay: one");
    disk = new DiskState(new ModelStore(folder, List.of()), LoadOptions.defaults());
  }

  private Path file() {
    return folder.resolve("m/model.rkllm");
  }

  private boolean isSettled(@Nullable ModelFiles files) {
    return !disk.untilSettled("m", files).isPositive();
  }

  private boolean isSettled() {
    return isSettled(disk.files("m"));
  }

  private void modify(Duration age) throws IOException {
    Files.setLastModifiedTime(file(), FileTime.from(Instant.now().minus(age)));
  }

  @Test
  void look_modelIsDeleted_isDroppedWhenAnotherModelIsLookedAt() throws IOException {
    WeakReference<ModelFiles> look = settledLook();
    Files.move(folder.resolve("m"), folder.resolve("n"));

    assertThat(disk.untilSettled("n", disk.files("n"))).isLessThanOrEqualTo(Duration.ZERO);

    await().untilAsserted(() -> assertThat(afterCollection(look)).isNull());
  }

  private WeakReference<ModelFiles> settledLook() {
    ModelFiles files = disk.files("m");
    assertThat(isSettled(files)).isTrue();
    return new WeakReference<>(files);
  }

  private static @Nullable ModelFiles afterCollection(WeakReference<ModelFiles> reference) {
    System.gc();
    return reference.get();
  }

  @Test
  void files_notModifiedRecently_areSettledAtTheFirstLook() {
    assertThat(isSettled()).isTrue();
  }

  @Test
  void files_modifiedInTheFuture_areSettled() throws IOException {
    modify(Duration.ofDays(-1)); // the clock of a board was wrong

    assertThat(isSettled()).isTrue();
  }

  @Test
  void files_justModified_areSettledOnceTheyHaveStayedTheSame() throws IOException {
    Files.writeString(file(), "half");
    ModelFiles half = disk.files("m");
    assertThat(isSettled(half)).isFalse();
    Files.writeString(file(), "the whole file");
    ModelFiles whole = disk.files("m");

    assertThat(isSettled(whole)).isFalse();
    await().until(() -> isSettled(whole));
  }

  @Test
  void files_thatCannotBeRead_areSettledOnlyAtALaterLook() {
    assertThat(isSettled(null)).isFalse();
    assertThat(isSettled()).isTrue(); // such as a Modelfile that an editor was writing
    assertThat(isSettled(null)).isFalse();
    await().until(() -> isSettled(null));
  }

  @Test
  void files_writtenByThisProcess_areSettled() throws IOException {
    Files.writeString(file(), "the whole file");
    disk.written("m");

    assertThat(isSettled()).isTrue();
  }
}
