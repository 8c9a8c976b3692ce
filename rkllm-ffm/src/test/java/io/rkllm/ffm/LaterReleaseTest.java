package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.RkllmModel;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.input.Audio;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.Role;
import io.rkllm.runtime.RuntimeInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An unknown release, "1.3.9", whose inputs are 64 bytes larger than those of 1.3.1. It must find
 * zeros in the additional members, and batches must be rejected.
 */
@Timeout(60)
class LaterReleaseTest {
  private static final int WIDTH = 4;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void anyFile() throws IOException {
    file = Files.writeString(folder.resolve("any.rkllm"), "any");
  }

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(file)
        .library(Simulator.stub("1.3.9"))
        .embeddingWidth(WIDTH)
        .imageTags(MediaTags.GEMMA_4_IMAGE)
        .audioTags(MediaTags.GEMMA_4_AUDIO);
  }

  @Test
  void textAndMedia_arriveAndTheRestIsZero() {
    try (RkllmModel model = builder().load()) {
      assertThat(model.generate("Hello").text()).isEqualTo("Hello: beyond 0");
      assertThat(
              model.generate(MultimodalPrompt.of("<image>?", Inputs.images(1, WIDTH, 0.5f))).text())
          .isEqualTo("<image>?: image 8, video 0, audio 0, beyond 0");
      Audio clip = new Audio(Inputs.rows(3, WIDTH, 0.25f), WIDTH, 1, 3);
      MultimodalPrompt both =
          new MultimodalPrompt(
              "<image><audio>", Inputs.images(1, WIDTH, 0.5f), null, clip, Role.USER, false);
      assertThat(model.generate(both).text())
          .isEqualTo("<image><audio>: image 8, video 0, audio 3, beyond 0");
    }
  }

  @Test
  void release_isOnlyAssumedToBeCompatible() {
    try (RkllmModel model = builder().load()) {
      RuntimeInfo info = model.runtime();
      assertThat(info.release()).isEqualTo("1.3.9");
      assertThat(info.abi()).isEqualTo("1.3.1");
      assertThat(info.known()).isFalse();
    }
  }

  @Test
  void batch_isRefusedByName() {
    assertThatThrownBy(() -> builder().batchSize(2).load())
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("A batch of inputs")
        .hasMessageContaining("1.3.9, is not known")
        .hasMessageContaining("without batchSize");
  }
}
