package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * libc's {@code dlopen} and its companions. The JDK's own library lookup binds lazily, so that a
 * missing symbol ends the JVM when it is called, and drops the reason of a failure. Stateless: what
 * is opened is the caller's to close.
 */
final class DynamicLoader {
  private static final int RTLD_NOW = 2;

  private static final AddressLayout STRING =
      ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(Long.MAX_VALUE, JAVA_BYTE));

  private static final MethodHandle DLOPEN =
      Libc.function("dlopen", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
  private static final MethodHandle DLSYM =
      Libc.function("dlsym", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));

  private DynamicLoader() {}

  /** What only a failure needs: to link a function takes some milliseconds of a start. */
  private static final class AfterFailure {
    static final MethodHandle DLCLOSE =
        Libc.function("dlclose", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    static final MethodHandle DLERROR = Libc.function("dlerror", FunctionDescriptor.of(STRING));
  }

  /**
   * Opens a library, binding all its symbols at once and showing none to others.
   *
   * @return its handle
   * @throws FailedException with the loader's words
   */
  static MemorySegment open(Path library) throws FailedException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = CPath.of(library, arena);
      MemorySegment handle = open(path);
      if (handle.address() == 0) {
        // To link dlerror looks it up, at which the loader forgets what it had to say.
        String _ = error();
        handle = open(path);
      }
      if (handle.address() == 0) {
        throw new FailedException(error());
      }
      return handle;
    } catch (Throwable t) {
      throw Libc.<FailedException>unchecked(t);
    }
  }

  private static MemorySegment open(MemorySegment path) throws Throwable {
    // RTLD_LOCAL is 0. No flag is RTLD_GLOBAL, so two libraries of one name do not mix.
    return (MemorySegment) DLOPEN.invokeExact(path, RTLD_NOW);
  }

  /** The address of a symbol, or null if the library has none of that name. */
  static @Nullable MemorySegment symbol(MemorySegment handle, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = (MemorySegment) DLSYM.invokeExact(handle, arena.allocateFrom(name));
      return address.address() == 0 ? null : address;
    } catch (Throwable t) {
      throw Libc.unchecked(t);
    }
  }

  /** Closes a library that nothing calls into any more. */
  static void close(MemorySegment handle) {
    try {
      int _ = (int) AfterFailure.DLCLOSE.invokeExact(handle);
    } catch (Throwable t) {
      throw Libc.unchecked(t);
    }
  }

  /** The words of the last failure on this thread. */
  private static String error() throws Throwable {
    MemorySegment message = (MemorySegment) AfterFailure.DLERROR.invokeExact();
    return message.address() == 0 ? "no reason given" : message.getString(0);
  }

  /** The loader refused, for a reason in its own words. */
  static final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    FailedException(String reason) {
      super(reason);
      this.reason = reason;
    }

    /** The loader's words. */
    String reason() {
      return reason;
    }
  }
}
