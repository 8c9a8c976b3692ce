package io.rkllm.ffm;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/**
 * Finds the targets of callbacks. Stateless.
 *
 * <p>Pointers are passed as numbers: memory segments would be allocated before any code here is
 * reached, and an {@link OutOfMemoryError} at that point would end the JVM.
 */
final class Upcalls {
  private Upcalls() {}

  /** Returns the method of the lookup class that a callback of the given kind calls. */
  static MethodHandle method(MethodHandles.Lookup lookup, String name, FunctionDescriptor kind) {
    try {
      return lookup.findVirtual(lookup.lookupClass(), name, kind.toMethodType());
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
