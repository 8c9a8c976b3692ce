package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The ABI that a library is called with, and the reason for the choice. The library has no function
 * that returns its version, and calling it with the wrong ABI corrupts memory. Therefore three
 * indicators are compared: the version line, the symbols and the {@link Probe}. A library whose
 * indicators contradict each other is rejected.
 *
 * @param abi the ABI
 * @param release the release according to the version line, or {@code unknown}
 * @param known whether the SDK knows the header of this release; otherwise it is assumed to be
 *     compatible with the ABI
 * @param simulator whether the version line identifies a simulator
 * @param why the reason for the choice of the ABI
 * @param warnings warnings for the operator
 */
record Identification(
    Abi abi, String release, boolean known, boolean simulator, String why, List<String> warnings) {
  private static final String REMEDY =
      "install the librkllmrt.so of runtime release 1.2.1 to 1.2.3, 1.3.0 or 1.3.1"
          + " (github.com/airockchip/rknn-llm, rkllm-runtime/Linux)";

  /** Functions introduced in release 1.2.0, and those introduced in 1.2.1. */
  private static final Set<String> SINCE_1_2_0 =
      Set.of("rkllm_clear_kv_cache", "rkllm_set_chat_template");

  private static final Set<String> SINCE_1_2_1 =
      Set.of("rkllm_get_kv_cache_size", "rkllm_set_function_tools", "rkllm_set_cross_attn_params");

  /**
   * Rejects a library whose file shows that it cannot be used, before it is opened.
   *
   * @param override the ABI requested by the user, or null
   */
  static void checkBytes(ElfFile elf, @Nullable Abi override) {
    Release release = release(elf);
    if (release != null && release.tooOld() && override == null) {
      throw refused(
          elf,
          "it is runtime release "
              + release.text()
              + ", older than 1.2.1, the first that this SDK can call",
          REMEDY);
    }
    List<String> missing =
        NativeLibrary.FUNCTIONS.stream().filter(f -> !elf.functions().contains(f)).toList();
    if (!missing.isEmpty()) {
      throw refused(elf, symbolsFinding(elf, release, missing), REMEDY);
    }
  }

  /**
   * Chooses the ABI.
   *
   * @param override the ABI requested by the user, or null
   * @throws NativeLibraryException if the indicators contradict each other
   */
  static Identification decide(ElfFile elf, Probe probe, @Nullable Abi override) {
    Release release = release(elf);
    VersionText version = elf.version();
    List<String> warnings = new ArrayList<>();
    Abi abi = override;
    boolean known = release != null && release.known();
    String why;
    if (abi != null) {
      why = "set by option";
      known = known && release != null && release.abi() == abi;
      if (!probe.only(abi) || (release != null && release.abi() != abi)) {
        warnings.add(
            "ABI %s was set by option, but %s and %s; wrong calls can end the process"
                .formatted(abi.name(), says(release), probe.describe()));
      }
    } else {
      abi = agreed(elf, release, probe);
      why = says(release) + ", all functions are present, and " + probe.describe();
      if (!known) {
        warnings.add(
            ("%s: this SDK does not know this release. Judging by its functions and default"
                    + " parameters it is compatible with ABI %s; batches are rejected. Prefer a known"
                    + " release: 1.2.1, 1.2.2, 1.2.3, 1.3.0 or 1.3.1")
                .formatted(says(release), abi.name()));
      }
    }
    return new Identification(
        abi,
        release == null ? "unknown" : release.text(),
        known,
        version != null && version.simulator(),
        why,
        List.copyOf(warnings));
  }

  private static Abi agreed(ElfFile elf, @Nullable Release release, Probe probe) {
    if (!probe.olderThan12() && !probe.fits().isEmpty()) {
      // Without a version line, the newest ABI: its inputs are the largest, so the library cannot
      // read beyond their end.
      Abi abi = release == null ? probe.fits().getLast() : release.abi();
      if (probe.only(abi)) {
        return abi;
      }
    }
    throw refused(
        elf,
        "its indicators contradict each other: " + says(release) + ", but " + probe.describe(),
        REMEDY
            + "; if you are sure of the ABI, set the system property "
            + RuntimeChoice.ABI_PROPERTY
            + " to 1.2, 1.3 or 1.3.1");
  }

  private static String says(@Nullable Release release) {
    return release == null
        ? "it has no version line"
        : "its version line says release " + release.text();
  }

  private static String symbolsFinding(
      ElfFile elf, @Nullable Release release, List<String> missing) {
    Set<String> present = elf.functions();
    String lacks = "it lacks " + String.join(", ", missing);
    if (present.isEmpty()) {
      return "it exports no rkllm_ function, so it is not an RKLLM runtime";
    }
    String finding;
    boolean all120 = present.containsAll(SINCE_1_2_0);
    if (SINCE_1_2_1.equals(Set.copyOf(missing))) {
      finding = "its symbols are those of release 1.2.0 (" + lacks + ")";
    } else if (!all120 && missing.containsAll(SINCE_1_2_1) && missing.size() <= 5) {
      finding = "its symbols are those of release 1.1 or older (" + lacks + ")";
    } else {
      finding = lacks + ", which all releases from 1.2.1 on have";
    }
    return says(release) + "; " + finding;
  }

  private static @Nullable Release release(ElfFile elf) {
    VersionText version = elf.version();
    return version == null ? null : Release.parse(version.release());
  }

  private static NativeLibraryException refused(ElfFile elf, String finding, String remedy) {
    return new NativeLibraryException(
        elf.path() + " cannot be used: " + finding + ". To fix this: " + remedy + ".",
        elf.path(),
        null);
  }
}
