package io.rkllm.internal.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.Sampling;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Values at the edges of what is allowed. */
class CheckTest {

  @Test
  void positive_aNumberThatIsZeroAsAFloat_isRejected() {
    assertThatThrownBy(() -> Sampling.builder().mirostatTau(1e-60))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mirostatTau must be above 0");
    assertThat(Check.positive("x", Float.MIN_VALUE, 1)).isEqualTo(Float.MIN_VALUE);
  }

  @Test
  void durations_aboveAHundredYears_areRejected() {
    Duration longest = Duration.ofDays(36_500);
    assertThat(Check.notNegative("x", longest)).isEqualTo(longest);
    assertThat(Check.positive("x", longest)).isEqualTo(longest);
    assertThatThrownBy(() -> Check.notNegative("x", longest.plusNanos(1)))
        .hasMessageContaining("x must be between zero and PT876000H");
    assertThatThrownBy(() -> Check.positive("x", longest.plusNanos(1)))
        .hasMessageContaining("x must be positive and at most PT876000H");
  }

  @Test
  void text_thatEndsInASurrogatePair_isAccepted() {
    assertThat(Check.text("x", "😀")).isEqualTo("😀");
    assertThatThrownBy(() -> Check.text("x", "😀\uD83D")).hasMessageContaining("at index 2");
  }
}
