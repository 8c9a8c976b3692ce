package io.rkllm.examples.chat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Functions of the C library that a terminal program needs and Java does not offer. */
@SuppressWarnings("restricted") // calling C is
final class Libc {
  private static final MethodHandle ISATTY =
      function("isatty", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle EXIT =
      function("_exit", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));

  private Libc() {}

  /**
   * Returns whether a file descriptor is a terminal. {@link System#console} only reports on
   * standard input and output together.
   */
  static boolean isTerminal(int descriptor) {
    try {
      return (int) ISATTY.invokeExact(descriptor) == 1;
    } catch (Throwable thrown) {
      throw new AssertionError(thrown); // C functions do not throw
    }
  }

  /** Ends the process immediately, regardless of its threads. */
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
