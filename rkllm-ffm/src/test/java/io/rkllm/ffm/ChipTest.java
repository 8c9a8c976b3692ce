package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.ffm.Chip.Support;
import io.rkllm.runtime.Soc;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChipTest {
  @ParameterizedTest
  @CsvSource({
    "rk3588,SUPPORTED",
    "rk3588s,SUPPORTED",
    "rk3588s2,SUPPORTED",
    "RK3588J,SUPPORTED",
    "rk3576,SUPPORTED",
    "rk3576s,SUPPORTED",
    "rk3562,SUPPORTED",
    "rv1126b,SUPPORTED",
    "rv1126bp-evb-v14,SUPPORTED",
    "rk3588s-orangepi-5,SUPPORTED",
    "rk3588-rknpu,SUPPORTED",
    "rk3582,REDUCED",
    "rk3583,REDUCED",
    "rk3566,NEVER",
    "rk3568,NEVER",
    "rk3568b2-evb1,NEVER",
    "rk3399pro,NEVER",
    "rk3328,NEVER",
    "rk3506g,NEVER",
    "rv1126,NEVER",
    "rv1126k,NEVER",
    "rk3688,UNKNOWN",
    "rk35,UNKNOWN",
    "rk35880,UNKNOWN"
  })
  void chip_isKnownByItsNameInTheDeviceTree(String name, Support support) {
    assertThat(Chip.of(List.of("rockchip," + name)))
        .hasValueSatisfying(chip -> assertThat(chip.support()).isEqualTo(support));
  }

  @ParameterizedTest
  @CsvSource({
    "rk3588s,RK3588",
    "rk3583,RK3588",
    "rk3576,RK3576",
    "rv1126bp-evb-v14,RV1126B",
    "rk3566,",
    "rk3688,"
  })
  void soc_isTheOneThatModelsAreConvertedFor(String name, @Nullable Soc soc) {
    assertThat(Chip.of(List.of("rockchip," + name)).flatMap(Chip::soc))
        .isEqualTo(Optional.ofNullable(soc));
  }

  @ParameterizedTest
  @ValueSource(strings = {"brcm,bcm2712", "rockchip,display-subsystem", "rockchip,", "", "rk3588"})
  void otherEntries_areNotRockchipChips(String entry) {
    assertThat(Chip.of(List.of(entry))).isEmpty();
  }

  @Test
  void severalEntries_theMostSpecificComesFirst() {
    List<String> entries =
        List.of("radxa,rock-5c", "rockchip,rk3582", "rockchip,rk3588s", "rockchip,rk3588");

    assertThat(Chip.of(entries)).hasValue(new Chip("rk3582", Support.REDUCED));
    assertThat(Chip.of(List.of("rockchip,rk3588s"))).map(Chip::label).hasValue("RK3588S");
  }
}
