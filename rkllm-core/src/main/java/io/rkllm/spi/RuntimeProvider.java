package io.rkllm.spi;

import io.rkllm.NativeLibraryException;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.Soc;
import java.util.Optional;

/**
 * Opens a runtime. Providers are found by {@link java.util.ServiceLoader} or passed to {@code
 * RkllmModel.Builder.runtime}. Implementations are thread-safe.
 */
public interface RuntimeProvider {

  /** Returns a short name for messages, such as {@code ffm}. */
  String name();

  /**
   * Finds, identifies and opens the runtime's library. If the same library is opened again, the
   * returned runtimes share it. Blocks for file access and runs the library's constructors. Called
   * on the model's own thread, which may be abandoned if they hang.
   *
   * @throws NativeLibraryException if no usable library is found; the message contains the path,
   *     the problem and the remedy
   */
  InferenceRuntime open(RuntimeOptions options);

  /** Examines the machine and the library. Problems are reported, not thrown. */
  DoctorReport diagnose(RuntimeOptions options);

  /**
   * Returns the SoC of this machine, if it is one that models can be converted for. Blocks for file
   * access at most.
   *
   * @since 0.1.0
   */
  default Optional<Soc> soc() {
    return Optional.empty();
  }

  /**
   * Ends the process immediately, without running exit handlers and C destructors ({@code _exit} of
   * libc). This is the last resort if native code hangs while the JVM shuts down, also in {@link
   * #open}. Does not return.
   */
  void exitProcess(int status);
}
