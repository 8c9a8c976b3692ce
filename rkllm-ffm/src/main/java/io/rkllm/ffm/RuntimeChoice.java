package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import io.rkllm.spi.RuntimeOptions;
import org.jspecify.annotations.Nullable;

/** The settings with which users choose a library and an ABI. */
final class RuntimeChoice {
  /** System property for the library file or its folder. */
  static final String LIBRARY_PROPERTY = "rkllm.library.path";

  /** Environment variable for the library file or its folder. */
  static final String LIBRARY_VARIABLE = "RKLLM_LIBRARY_PATH";

  /**
   * System property for the ABI to use, whatever the library's indicators say; the name of an
   * {@link Abi}.
   */
  static final String ABI_PROPERTY = "rkllm.library.abi";

  private RuntimeChoice() {}

  /**
   * Returns the ABI requested by the user, where an option takes precedence over the system
   * property, or null.
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
            + "\" is not known. To fix this: set "
            + (options.abi() != null ? "the option" : "the system property " + ABI_PROPERTY)
            + " to 1.2, 1.3 or 1.3.1, or leave it unset to identify the library automatically.",
        null,
        null);
  }
}
