package io.rkllm.ffm;

import io.rkllm.runtime.Soc;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Rockchip chip, by the name that the device tree gives it. Immutable.
 *
 * @param name in lower case, such as {@code rk3588s}
 * @param support whether RKLLM runs on it
 */
record Chip(String name, Support support) {
  /** Whether RKLLM runs on a chip. */
  enum Support {
    /** Every release that this SDK can call supports it, or a later one does. */
    SUPPORTED,
    /** An RK3588 with parts switched off: reported to work, never promised. */
    REDUCED,
    /** No release supports it. */
    NEVER,
    /** This SDK does not know the chip. */
    UNKNOWN
  }

  /** The chips that RKLLM supports, for messages. */
  static final String SUPPORTED_CHIPS =
      Stream.of(Soc.values()).map(Soc::name).collect(Collectors.joining(", "));

  private static final Pattern NAME = Pattern.compile("rockchip,(((?:rk|rv|px)\\d+)\\w*)(?:-.*)?");

  private static final Set<String> REDUCED_RK3588 = Set.of("rk3582", "rk3583");

  private static final Set<String> NEVER_SUPPORTED =
      Set.of(
          "rk1808", "rk3036", "rk3066", "rk3126", "rk3128", "rk3188", "rk3228", "rk3229", "rk3288",
          "rk3308", "rk3318", "rk3326", "rk3328", "rk3358", "rk3368", "rk3399", "rk3502", "rk3506",
          "rk3528", "rk3566", "rk3567", "rk3568", "rv1103", "rv1106", "rv1108", "rv1109", "rv1126",
          "px30");

  /**
   * Returns the chip that the device tree names first, since its entries go from the board to the
   * family; empty if it names no chip of Rockchip's.
   *
   * @param compatible the entries, such as {@code radxa,rock-5b} and {@code rockchip,rk3588}
   */
  static Optional<Chip> of(List<String> compatible) {
    for (String entry : compatible) {
      Matcher matcher = NAME.matcher(entry.strip().toLowerCase(Locale.ROOT));
      if (matcher.matches()) {
        return Optional.of(new Chip(matcher.group(1), support(matcher.group(1), matcher.group(2))));
      }
    }
    return Optional.empty();
  }

  /** Whether there is a point in looking at the NPU of this chip. */
  boolean mayRun() {
    return support == Support.SUPPORTED || support == Support.REDUCED;
  }

  /** Returns the SoC that models must have been converted for; empty if RKLLM does not run here. */
  Optional<Soc> soc() {
    return support == Support.REDUCED
        ? Optional.of(Soc.RK3588)
        : Stream.of(Soc.values()).filter(soc -> isVariantOf(soc, name)).findFirst();
  }

  /** The name as people write it, such as {@code RK3588S}. */
  String label() {
    return name.toUpperCase(Locale.ROOT);
  }

  private static Support support(String name, String family) {
    // Not by family: an RV1126B is supported, an RV1126 is not.
    if (Stream.of(Soc.values()).anyMatch(soc -> isVariantOf(soc, name))) {
      return Support.SUPPORTED;
    }
    if (REDUCED_RK3588.contains(family)) {
      return Support.REDUCED;
    }
    return NEVER_SUPPORTED.contains(family) ? Support.NEVER : Support.UNKNOWN;
  }

  /** Whether a name is this one, or it and letters, such as {@code rk3588s} of {@code RK3588}. */
  private static boolean isVariantOf(Soc soc, String name) {
    String plain = soc.name().toLowerCase(Locale.ROOT);
    return name.startsWith(plain)
        && (name.length() == plain.length() || !Character.isDigit(name.charAt(plain.length())));
  }
}
