package io.rkllm.spi;

/**
 * Provides a runtime whose models live in processes of their own, so that a crash of native code
 * does not end the application. Found by {@link java.util.ServiceLoader}.
 *
 * @since 0.1.0
 */
public interface RuntimeIsolation {

  /**
   * Returns a runtime that starts a child process for each model.
   *
   * @throws io.rkllm.NativeLibraryException if there is no runtime that a child could run
   */
  RuntimeProvider inChildProcess();
}
