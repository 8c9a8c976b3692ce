package io.rkllm.runtime;

import io.rkllm.internal.check.Check;
import io.rkllm.internal.model.Providers;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Path;

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

  /** Examines the given library and the machine. Blocks for file access. */
  public static DoctorReport examine(Path library) {
    return Providers.find()
        .diagnose(new RuntimeOptions(Check.nonNull("library", library), null, false));
  }
}
