package io.rkllm.examples.chat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What a program in a terminal needs of the C library and Java does not offer. */
@SuppressWarnings("restricted") // calling C is
final class Libc {
  private static final MethodHandle ISATTY =
      function("isatty", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle EXIT =
      function("_exit", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));

  private Libc() {}

  /**
   * Whether this file descriptor is a terminal; {@link System#console} only knows of two together.
   */
  static boolean isTerminal(int descriptor) {
    try {
      return (int) ISATTY.invokeExact(descriptor) == 1;
    } catch (Throwable thrown) {
      throw new AssertionError(thrown); // C throws nothing
    }
  }

  /** Ends the process at once, whatever its threads are doing. */
  static void exit(int status) {
    try {
      EXIT.invokeExact(status);
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }
}
