package io.rkllm.spi;

import io.rkllm.NativeLibraryException;
import io.rkllm.runtime.DoctorReport;

/**
 * A way to run models, found through {@link java.util.ServiceLoader} or given to {@code
 * RkllmModel.Builder.runtime}. Implementations are thread-safe.
 */
public interface RuntimeProvider {

  /** A short name for messages, such as {@code ffm}. */
  String name();

  /**
   * Finds, identifies and opens the runtime's library. Opening the same library again gives a
   * runtime that shares it. Blocks for file access and runs the library's constructors; called on
   * the model's own thread, which may be left behind when they hang.
   *
   * @throws NativeLibraryException if there is none that can be used, with path, finding and remedy
   */
  InferenceRuntime open(RuntimeOptions options);

  /**
   * Looks at the machine and the library and reports what it found, good or bad. Throws nothing for
   * what it finds.
   */
  DoctorReport diagnose(RuntimeOptions options);

  /**
   * Ends the process at once, without exit handlers and C destructors ({@code _exit} of libc): the
   * last resort when native code hangs while the JVM shuts down, also in {@link #open}. Does not
   * return.
   */
  void exitProcess(int status);
}
