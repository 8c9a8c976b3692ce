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
 * A Rockchip chip, identified by its name in the device tree. Immutable.
 *
 * @param name the name in lower case, such as {@code rk3588s}
 * @param support whether RKLLM supports it
 */
record Chip(String name, Support support) {
  /** The support of a chip by RKLLM. */
  enum Support {
    /** Supported by every release that this SDK supports, or by later ones. */
    SUPPORTED,
    /**
     * An RK3588 with some units disabled, which is reported to work but not officially supported.
     */
    REDUCED,
    /** Not supported by any release. */
    NEVER,
    /** Not known to this SDK. */
    UNKNOWN
  }

  /** The supported chips, for messages. */
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
   * Returns the first chip in the device tree, whose entries are ordered from the board to the
   * family; empty if there is no Rockchip chip.
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

  /** Returns whether it makes sense to examine the NPU of this chip. */
  boolean mayRun() {
    return support == Support.SUPPORTED || support == Support.REDUCED;
  }

  /** Returns the SoC that models must have been converted for; empty if RKLLM does not run here. */
  Optional<Soc> soc() {
    return support == Support.REDUCED
        ? Optional.of(Soc.RK3588)
        : Stream.of(Soc.values()).filter(soc -> isVariantOf(soc, name)).findFirst();
  }

  /** Returns the usual spelling of the name, such as {@code RK3588S}. */
  String label() {
    return name.toUpperCase(Locale.ROOT);
  }

  private static Support support(String name, String family) {
    // Not by family: the RV1126B is supported, the RV1126 is not.
    if (Stream.of(Soc.values()).anyMatch(soc -> isVariantOf(soc, name))) {
      return Support.SUPPORTED;
    }
    if (REDUCED_RK3588.contains(family)) {
      return Support.REDUCED;
    }
    return NEVER_SUPPORTED.contains(family) ? Support.NEVER : Support.UNKNOWN;
  }

  /**
   * Returns whether a name is that of the SoC, optionally followed by letters, such as {@code
   * rk3588s} for {@code RK3588}.
   */
  private static boolean isVariantOf(Soc soc, String name) {
    String plain = soc.name().toLowerCase(Locale.ROOT);
    return name.startsWith(plain)
        && (name.length() == plain.length() || !Character.isDigit(name.charAt(plain.length())));
  }
}
