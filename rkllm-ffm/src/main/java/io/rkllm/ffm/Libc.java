package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.NativeLibraryException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Access to libc. Its symbols are valid until the process ends. */
final class Libc {
  /**
   * Looked up in advance: while a library hangs in a constructor, the loader's lock is held and no
   * symbol can be found. Empty if libc does not have the function, which affects nothing else.
   */
  private static final Optional<MemorySegment> EXIT =
      Linker.nativeLinker().defaultLookup().find("_exit");

  private Libc() {}

  /**
   * Checks that this JVM may call native code.
   *
   * @throws NativeLibraryException if it may not; the message contains the required option
   */
  static void requireNativeAccess() {
    if (!System.getProperty("os.name", "").startsWith("Linux")) {
      throw new NativeLibraryException(
          "librkllmrt.so runs on Linux only, and this is "
              + System.getProperty("os.name")
              + ". To fix this: use a Rockchip board or another Linux machine or, in tests, the"
              + " scripted runtime, which needs no native code.",
          null,
          null);
    }
    try {
      // The cheapest restricted method.
      MemorySegment _ = MemorySegment.NULL.reinterpret(0);
    } catch (IllegalCallerException e) {
      throw new NativeLibraryException(
          "this JVM does not allow the SDK to call native code: "
              + e.getMessage()
              + ". To fix this: start it with --enable-native-access="
              + (Libc.class.getModule().isNamed() ? "io.rkllm.ffm" : "ALL-UNNAMED")
              + ".",
          null,
          e);
    }
  }

  /** Returns a method handle of a function of libc. */
  static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(symbol(name), descriptor, options);
  }

  /** Returns the address of a symbol of libc. */
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
   * Rethrows an exception of a method handle, which is declared to throw any {@code Throwable}, as
   * an unchecked exception or one of type {@code E}.
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <E extends Throwable> RuntimeException unchecked(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
