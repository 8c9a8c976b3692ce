package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import io.rkllm.spi.RuntimeOptions;
import org.jspecify.annotations.Nullable;

/** The names under which users choose a library and an ABI from outside of the program. */
final class RuntimeChoice {
  /** System property: the library file or its folder. */
  static final String LIBRARY_PROPERTY = "rkllm.library.path";

  /** Environment variable: the library file or its folder. */
  static final String LIBRARY_VARIABLE = "RKLLM_LIBRARY_PATH";

  /** System property: the ABI to use whatever the library's signs say; a name of {@link Abi}. */
  static final String ABI_PROPERTY = "rkllm.library.abi";

  private RuntimeChoice() {}

  /**
   * The ABI that the user insists on, by option before system property; null for none.
   *
   * @throws NativeLibraryException if there is no such ABI
   */
  static @Nullable Abi abi(RuntimeOptions options) {
    String name = options.abi() != null ? options.abi() : System.getProperty(ABI_PROPERTY, "");
    if (name.isEmpty()) {
      return null;
    }
    for (Abi abi : Abi.ALL) {
      if (abi.name().equals(name)) {
        return abi;
      }
    }
    throw new NativeLibraryException(
        "ABI \""
            + name
            + "\" is not known. To go on: set "
            + (options.abi() != null ? "the option" : "the system property " + ABI_PROPERTY)
            + " to 1.2, 1.3 or 1.3.1, or leave it unset to have the library identified.",
        null,
        null);
  }
}
