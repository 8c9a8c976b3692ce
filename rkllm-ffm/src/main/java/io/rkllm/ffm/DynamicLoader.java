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
 * Calls {@code dlopen} and related functions of libc. The JDK's library lookup is not used because
 * it binds lazily, so that a call of a missing symbol ends the JVM, and because it discards the
 * reason of a failure. Stateless; the caller closes what it opened.
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

  /** The functions needed after a failure, which are linked only then to save start-up time. */
  private static final class AfterFailure {
    static final MethodHandle DLCLOSE =
        Libc.function("dlclose", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    static final MethodHandle DLERROR = Libc.function("dlerror", FunctionDescriptor.of(STRING));
  }

  /**
   * Opens a library, binding all of its symbols immediately and exposing none to other libraries.
   *
   * @return the handle of the library
   * @throws FailedException with the loader's message
   */
  static MemorySegment open(Path library) throws FailedException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = CPath.of(library, arena);
      MemorySegment handle = open(path);
      if (handle.address() == 0) {
        // Linking dlerror performs a symbol lookup, which resets the loader's error message.
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
    // RTLD_LOCAL is 0. RTLD_GLOBAL is not set, so that two libraries of the same name do not
    // interfere.
    return (MemorySegment) DLOPEN.invokeExact(path, RTLD_NOW);
  }

  /** Returns the address of a symbol, or null if the library does not have it. */
  static @Nullable MemorySegment symbol(MemorySegment handle, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = (MemorySegment) DLSYM.invokeExact(handle, arena.allocateFrom(name));
      return address.address() == 0 ? null : address;
    } catch (Throwable t) {
      throw Libc.unchecked(t);
    }
  }

  /** Closes a library, whose functions must not be called any more. */
  static void close(MemorySegment handle) {
    try {
      int _ = (int) AfterFailure.DLCLOSE.invokeExact(handle);
    } catch (Throwable t) {
      throw Libc.unchecked(t);
    }
  }

  /** Returns the message of the last failure on this thread. */
  private static String error() throws Throwable {
    MemorySegment message = (MemorySegment) AfterFailure.DLERROR.invokeExact();
    return message.address() == 0 ? "no reason given" : message.getString(0);
  }

  /** Thrown when the dynamic loader fails. */
  static final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    FailedException(String reason) {
      super(reason);
      this.reason = reason;
    }

    /** Returns the loader's message. */
    String reason() {
      return reason;
    }
  }
}
