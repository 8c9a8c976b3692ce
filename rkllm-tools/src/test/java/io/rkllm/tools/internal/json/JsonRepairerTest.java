package io.rkllm.tools.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Numbers: what is passed on can be read afterwards, or a session would fail by its own history.
 */
@Timeout(20)
class JsonRepairerTest {

  @Test
  void repair_numberThatCannotBeReadAfterwards_isRejected() {
    for (String number :
        new String[] {
          "1e99999999999", "-1E-99999999999", "9".repeat(2_000), "0." + "1".repeat(2_000)
        }) {
      assertThatThrownBy(() -> JsonRepairer.repair("{\"a\":" + number + "}", 10))
          .isInstanceOf(MalformedJsonException.class)
          .hasMessageStartingWith("the number ")
          .hasMessageEndingWith(" is out of range")
          .message()
          .hasSizeLessThan(200);
    }
  }

  @Test
  void repair_numberWithAHugeExponent_canBeReadAndWritten() {
    for (String number : new String[] {"1e999999999", "1e-999999999", "-7.5E99999999"}) {
      String json = JsonRepairer.repair("{\"a\":" + number + "}", 10);

      assertThat(Json.write(Json.object(json))).hasSizeLessThan(40);
    }
  }
}
