package io.rkllm.examples.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredModelTest {
  @TempDir Path folder;

  @Test
  void isSimulated_script_yes() throws IOException {
    assertThat(model("RKLLM-SIMULATOR-MODEL 1\nwhen: *\nsay: x\n").isSimulated()).isTrue();
  }

  @Test
  void isSimulated_otherOrEmptyFile_no() throws IOException {
    assertThat(model("RKLLM and then weights").isSimulated()).isFalse();
    assertThat(model("").isSimulated()).isFalse();
  }

  private StoredModel model(String content) throws IOException {
    Path model = Files.createDirectories(folder.resolve("any"));
    Files.writeString(model.resolve("model.rkllm"), content);
    return new ModelStore(folder, List.of()).get("any");
  }
}
