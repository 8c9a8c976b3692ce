package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.NativeLibraryException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** How this package reaches libc. Its symbols live as long as the process. */
final class Libc {
  /**
   * Looked up beforehand: while a library hangs in a constructor, the loader's lock is taken, and
   * no symbol can be found. Empty where libc has none, which stands in the way of nothing else.
   */
  private static final Optional<MemorySegment> EXIT =
      Linker.nativeLinker().defaultLookup().find("_exit");

  private Libc() {}

  /**
   * Makes sure that this JVM may call native code at all.
   *
   * @throws NativeLibraryException if not, with the option that allows it
   */
  static void requireNativeAccess() {
    if (!System.getProperty("os.name", "").startsWith("Linux")) {
      throw new NativeLibraryException(
          "librkllmrt.so runs on Linux only, and this is "
              + System.getProperty("os.name")
              + ". To go on: use a Rockchip board or another Linux machine, or in tests the"
              + " scripted runtime that needs no native code.",
          null,
          null);
    }
    try {
      // Restricted as all of them are, and the one that costs nothing.
      MemorySegment _ = MemorySegment.NULL.reinterpret(0);
    } catch (IllegalCallerException e) {
      throw new NativeLibraryException(
          "this JVM does not allow the SDK to call native code: "
              + e.getMessage()
              + ". To go on: start it with --enable-native-access="
              + (Libc.class.getModule().isNamed() ? "io.rkllm.ffm" : "ALL-UNNAMED")
              + ".",
          null,
          e);
    }
  }

  /** A function of libc. */
  static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(symbol(name), descriptor, options);
  }

  /** The address of a symbol of libc. */
  static MemorySegment symbol(String name) {
    return Linker.nativeLinker()
        .defaultLookup()
        .find(name)
        .orElseThrow(() -> new UnsatisfiedLinkError("libc has no " + name));
  }

  /** Ends the process without exit handlers and C destructors. */
  static void exitProcess(int status) {
    MemorySegment exit = EXIT.orElseThrow(() -> new UnsatisfiedLinkError("libc has no _exit"));
    try {
      Linker.nativeLinker()
          .downcallHandle(exit, FunctionDescriptor.ofVoid(JAVA_INT))
          .invokeExact(status);
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  /**
   * For the end of a {@code try} around a method handle, which is declared to throw anything:
   * passes on what is unchecked or of type {@code E}.
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <E extends Throwable> RuntimeException unchecked(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
