package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Remedies for messages that the runtime is known to print. */
class RemediesTest {
  private static final String PLATFORM =
      "E rkllm: Platform error, must be either RK3588, RK3576, RV1126B or RK3562. Your platform is"
          + " ";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "E rkllm: invalid rknn llm model magic | convert it again with a compatible release",
        "E rkllm: max_context[8192] must be less than the model's max_context_limit[4096] | a"
            + " context length of at most 4096,",
        "E rkllm: The number of enabled CPUs must be greater than or equal to the number of NPU"
            + " cores. | enable at least as many CPUs",
        "E rkllm: failed to malloc npu memory, size: 5 | separate base domain",
        "E RKNN: failed to open rknpu module, need to insmod rknpu driver! | this container, has"
            + " access to its device node",
        "W rkllm: Warning: Your rknpu driver version is too low, please upgrade to 0.9.7 | driver"
            + " to 0.9.8 or later (this runtime asks for 0.9.7).",
        "W rkllm: Warning: Your rknpu driver version is too low, please upgrade to 0.9.8 | driver"
            + " to 0.9.8 or later.",
        "W rkllm: Warning: Your rknpu driver version is too low, please upgrade to 0.10.2. | (this"
            + " runtime asks for 0.10.2).",
        "W rkllm: Warning: Your rknpu driver version is too low | driver to 0.9.8 or later.",
        "E rkllm: matmul(w8a8) run failed | driver to 0.9.8 or later",
        "E rkllm: matmul(w4a16_g128) run failed, ret: -1 | driver to 0.9.8 or later",
        "E rkllm: Platform error | converted for another chip; convert it for this one",
      })
  void knownMessages_haveARemedy(String line, String remedy) {
    assertThat(Remedies.of(List.of(line))).startsWith("To fix this: ").contains(remedy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lite", "unknown", "unknown.", "Lite", "UNKNOWN"})
  void platformWithoutAName_isAChipThatIsNotSupported(String platform) {
    assertThat(Remedies.of(List.of(PLATFORM + platform)))
        .contains("does not support this chip, which it calls " + platform.replace(".", ""))
        .contains("a board with one of RK3588, RK3576, RV1126B or RK3562")
        .doesNotContain("convert");
  }

  @Test
  void platformWithAName_isAModelForAnotherChip() {
    assertThat(Remedies.of(List.of(PLATFORM + "RK3576")))
        .contains("converted for a chip other than this RK3576")
        .contains("RK3588, RK3576, RV1126B or RK3562")
        .contains("target_platform RK3576")
        .doesNotContain("support");
  }

  @Test
  void severalMessages_haveARemedyEach_andUnknownOnesNone() {
    assertThat(
            Remedies.of(
                List.of(
                    "E rkllm: matmul(w8a8) run failed",
                    "W rkllm: Warning: Your rknpu driver version is too low",
                    "E rkllm: invalid rknn llm model magic")))
        .containsOnlyOnce("upgrade")
        .contains("; or ");
    assertThat(Remedies.of(List.of("E rkllm: something new"))).isEmpty();
    // The message means that the model loads without a template, not that loading fails.
    assertThat(
            Remedies.of(
                List.of(
                    "W rkllm: Chat template auto-parsing failed: please configure it via"
                        + " rkllm_set_chat_template")))
        .isEmpty();
  }
}
