package io.rkllm.runtime;

import io.rkllm.NativeLibraryException;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.model.Providers;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Diagnoses problems with the runtime's library and the machine: {@code
 * System.out.println(Doctor.examine())}.
 */
public final class Doctor {
  private Doctor() {}

  /**
   * Searches for the library in the same way as loading a model does, and examines it and the
   * machine. Blocks for file access.
   */
  public static DoctorReport examine() {
    return Providers.find().diagnose(RuntimeOptions.defaults());
  }

  /**
   * Returns the SoC of this machine, which models must have been converted for; empty if it is not
   * one of those that the runtime supports. Blocks for file access.
   *
   * @since 0.1.0
   */
  public static Optional<Soc> soc() {
    return Providers.find().soc();
  }

  /** Examines the given library and the machine. Blocks for file access. */
  public static DoctorReport examine(Path library) {
    return Providers.find()
        .diagnose(new RuntimeOptions(Check.nonNull("library", library), null, false));
  }

  /**
   * Returns the provider that models are loaded with unless another one is set: the first that is
   * found on the class path or module path.
   *
   * @throws NativeLibraryException if there is none
   * @since 0.1.0
   */
  public static RuntimeProvider provider() {
    return Providers.find();
  }
}
