package io.rkllm.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ContentStoreTest {
  private static final byte[] CONTENT = "the library".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path root;
  private ContentStore store;

  @BeforeEach
  void open() {
    store = ContentStore.in(root);
  }

  @Test
  void put_intoANewStore_writesIntoAFolderNamedAfterTheContent() {
    Path file = store.put(CONTENT, "a.so");

    assertThat(file).hasBinaryContent(CONTENT);
    assertThat(file.getParent().getFileName().toString()).matches("[0-9a-f]{64}");
  }

  @Test
  void put_existingFile_doesNotChangeIt() throws Exception {
    Object first = Files.readAttributes(store.put(CONTENT, "a.so"), "unix:ino");

    assertThat(Files.readAttributes(store.put(CONTENT, "a.so"), "unix:ino")).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "the lib", "THE LIBRARY", "the library and more"})
  void put_whereTheFileIsDamaged_replacesIt(String damaged) throws Exception {
    Path file = store.put(CONTENT, "a.so");
    Files.writeString(file, damaged);

    assertThat(store.put(CONTENT, "a.so")).isEqualTo(file).hasBinaryContent(CONTENT);
  }

  @Test
  void put_whereTheFileIsALink_replacesTheLinkAndNotItsTarget() throws Exception {
    Path other = Files.write(root.resolve("other"), CONTENT);
    Path file = store.put(CONTENT, "a.so");
    Files.delete(file);
    Files.createSymbolicLink(file, other);

    store.put(CONTENT, "a.so");

    assertThat(file).isRegularFile().hasBinaryContent(CONTENT);
    assertThat(Files.isSymbolicLink(file)).isFalse();
    assertThat(other).exists();
  }

  @Test
  void put_whenDone_leavesNothingElseBehind() throws Exception {
    Path file = store.put(CONTENT, "a.so");
    store.put(CONTENT, "a.so");

    try (Stream<Path> files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void put_whereTheFolderIsOpenToOthers_closesIt() throws Exception {
    Path folder = store.put(CONTENT, "a.so").getParent();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

    store.put(CONTENT, "a.so");

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
  }

  @Test
  void put_whereTheFolderIsALink_refuses() throws Exception {
    Path folder = store.put(CONTENT, "a.so").getParent();
    Path elsewhere = root.resolve("elsewhere");
    Files.move(folder, elsewhere);
    Files.createSymbolicLink(folder, elsewhere);

    assertThatThrownBy(() -> store.put(CONTENT, "a.so"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContainingAll("is not a folder", Simulator.DIRECTORY_PROPERTY);
  }

  @Test
  void put_whereTheFolderIsAnotherUsers_refuses() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root can give files away");
    Path folder = store.put(CONTENT, "a.so").getParent();
    Files.setOwner(
        folder,
        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));

    assertThatThrownBy(() -> store.put(CONTENT, "a.so"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContainingAll("belongs to nobody", Simulator.DIRECTORY_PROPERTY);
  }
}
