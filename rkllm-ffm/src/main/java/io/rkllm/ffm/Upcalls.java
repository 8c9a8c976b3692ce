package io.rkllm.ffm;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/**
 * How native code finds its way into Java. Stateless.
 *
 * <p>Pointers come in as plain numbers: as memory segments they would be allocated before any code
 * here is reached, and an {@link OutOfMemoryError} there would end the JVM.
 */
final class Upcalls {
  private Upcalls() {}

  /** The method of the looking class that a callback of this kind leads to. */
  static MethodHandle method(MethodHandles.Lookup lookup, String name, FunctionDescriptor kind) {
    try {
      return lookup.findVirtual(lookup.lookupClass(), name, kind.toMethodType());
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
