package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Explains failures of the dynamic loader and suggests remedies. */
final class LoaderFailure {
  private static final Pattern MISSING_LIBRARY =
      Pattern.compile("(\\S+): cannot open shared object file");
  private static final Pattern MISSING_SYMBOL =
      Pattern.compile("(?:undefined symbol|symbol not found|no symbol):? (\\w+)");
  private static final Pattern MISSING_VERSION = Pattern.compile("version `([\\w.]+)' not found");

  private LoaderFailure() {}

  static NativeLibraryException exception(ElfFile elf, DynamicLoader.FailedException failure) {
    return new NativeLibraryException(
        elf.path()
            + " cannot be opened: "
            + failure.reason()
            + ". To fix this: "
            + remedy(elf, failure.reason())
            + ".",
        elf.path(),
        failure);
  }

  private static String remedy(ElfFile elf, String message) {
    // The Android build needs bionic's liblog and an OpenMP library of a different name.
    if (elf.needed().contains("liblog.so") || elf.needed().contains("libc.so")) {
      return "this is the library for Android; install the one for Linux"
          + " (rkllm-runtime/Linux of github.com/airockchip/rknn-llm)";
    }
    Matcher library = MISSING_LIBRARY.matcher(message);
    if (library.find()) {
      return install(library.group(1));
    }
    Matcher version = MISSING_VERSION.matcher(message);
    if (version.find()) {
      return "this system is older than the one the library was built for, which has "
          + version.group(1)
          + "; upgrade the system or install an older release of the library";
    }
    Matcher symbol = MISSING_SYMBOL.matcher(message);
    if (symbol.find()) {
      return "no installed library provides the symbol "
          + symbol.group(1)
          + ", which the library needs; the file is incomplete or incompatible with this system:"
          + " install the vendor's own librkllmrt.so";
    }
    return "install the vendor's librkllmrt.so for this system";
  }

  /** Returns what to install to obtain a missing library. */
  static String install(String library) {
    String name = library.substring(library.lastIndexOf('/') + 1);
    if (name.startsWith("libgomp.so")) {
      return "install " + name + ", which the library needs: sudo apt install libgomp1";
    }
    if (name.startsWith("libstdc++.so")) {
      return "install " + name + ", which the library needs: sudo apt install libstdc++6";
    }
    return "install "
        + name
        + ", which the library needs (apt-file search "
        + name
        + " finds the package)";
  }
}
