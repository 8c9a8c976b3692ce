package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which ABI a library is called with, and why. The library has no function that tells its version,
 * and calling one ABI by the rules of the other corrupts memory; so three signs are compared, its
 * version line, its symbols and the {@link Probe}, and a library whose signs disagree is refused.
 *
 * @param abi the ABI
 * @param release the release by its version line, or {@code unknown}
 * @param known whether the layouts of this release are known by its header; if not, it is only
 *     taken for a release of that ABI
 * @param simulator whether it is a simulator by its version line
 * @param why what led to the ABI
 * @param warnings what an operator should know
 */
record Identification(
    Abi abi, String release, boolean known, boolean simulator, String why, List<String> warnings) {
  private static final String REMEDY =
      "install the librkllmrt.so of runtime release 1.2.1 to 1.2.3, 1.3.0 or 1.3.1"
          + " (github.com/airockchip/rknn-llm, rkllm-runtime/Linux)";

  /** Functions that came with release 1.2.0, and those that came with 1.2.1. */
  private static final Set<String> SINCE_1_2_0 =
      Set.of("rkllm_clear_kv_cache", "rkllm_set_chat_template");

  private static final Set<String> SINCE_1_2_1 =
      Set.of("rkllm_get_kv_cache_size", "rkllm_set_function_tools", "rkllm_set_cross_attn_params");

  /**
   * Refuses what the file's bytes show to be unusable, before it is opened.
   *
   * @param override the ABI that the user insists on, or null
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
   * Decides on the ABI.
   *
   * @param override the ABI that the user insists on, or null
   * @throws NativeLibraryException if the signs disagree
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
      why = says(release) + ", all functions are there, and " + probe.describe();
      if (!known) {
        warnings.add(
            ("%s: this SDK does not know its header. Going by its functions and default parameters"
                    + " it is taken for a release of ABI %s; batches are refused. Prefer a known"
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
      // Without a version line the newest: its inputs are the largest, so none is read past its
      // end.
      Abi abi = release == null ? probe.fits().getLast() : release.abi();
      if (probe.only(abi)) {
        return abi;
      }
    }
    throw refused(
        elf,
        "its signs disagree: " + says(release) + ", but " + probe.describe(),
        REMEDY
            + "; if you are sure of the ABI, set the system property "
            + RuntimeChoice.ABI_PROPERTY
            + " to 1.2, 1.3 or 1.3.1");
  }

  private static String says(@Nullable Release release) {
    return release == null
        ? "it bears no version line"
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
      finding = lacks + ", which every release from 1.2.1 on has";
    }
    return says(release) + "; " + finding;
  }

  private static @Nullable Release release(ElfFile elf) {
    VersionText version = elf.version();
    return version == null ? null : Release.parse(version.release());
  }

  private static NativeLibraryException refused(ElfFile elf, String finding, String remedy) {
    return new NativeLibraryException(
        elf.path() + " cannot be used: " + finding + ". To go on: " + remedy + ".",
        elf.path(),
        null);
  }
}
