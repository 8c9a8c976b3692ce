package io.rkllm.examples.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValuesByFileTest {
  @TempDir Path folder;

  @Test
  void put_anotherFile_dropsTheValuesOfDeletedFiles() throws IOException {
    ValuesByFile<String> values = new ValuesByFile<>();
    Path deleted = Files.createFile(folder.resolve("deleted"));
    Path kept = Files.createFile(folder.resolve("kept"));
    values.put(deleted, "1");
    values.put(kept, "2");

    Files.delete(deleted);
    values.put(kept, "3"); // not another file: nothing is looked for
    assertThat(values.get(deleted)).isEqualTo("1");
    values.put(Files.createFile(folder.resolve("new")), "4");

    assertThat(values.get(deleted)).isNull();
    assertThat(values.get(kept)).isEqualTo("3");
  }
}
