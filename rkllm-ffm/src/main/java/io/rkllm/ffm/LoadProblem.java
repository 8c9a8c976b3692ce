package io.rkllm.ffm;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Diagnoses why a model did not load, from what can be checked beforehand and from the runtime's
 * output.
 */
final class LoadProblem {
  private static final String LIKELY_CAUSES =
      "Likely causes: the file is not an .rkllm model, or was converted for another chip or by an"
          + " incompatible toolkit release; the context length is above the model's"
          + " limit; fewer CPUs are enabled than the model has NPU cores; the rknpu driver is too"
          + " old; this user, or this container, has no access to the NPU's device nodes"
          + " (/dev/dri/renderD*, or /dev/rknpu of older drivers); there is not enough NPU memory."
          + " For details, set RKLLM_LOG_LEVEL=1 in the environment.";

  private LoadProblem() {}

  /**
   * Checks what can be checked without native code.
   *
   * @throws ModelLoadException if the file cannot be a model
   */
  static void checkFile(Path model) {
    String finding = null;
    try {
      if (!Files.exists(model)) {
        finding = "there is no such file; check the path";
      } else if (Files.isDirectory(model)) {
        finding = "it is a directory; specify the .rkllm file in it";
      } else if (!Files.isRegularFile(model)) {
        finding = "it is not a regular file; specify an .rkllm file";
      } else if (!Files.isReadable(model)) {
        finding =
            "it is not readable by this user; check the permissions of the file and its folders";
      } else if (Files.size(model) == 0) {
        finding = "it is empty; copy it again";
      }
    } catch (IOException e) {
      finding = "it cannot be read: " + e;
    }
    if (finding != null) {
      throw new ModelLoadException(
          "cannot load model " + model + ": " + finding, model, RkllmException.NO_CODE, null);
    }
  }

  /**
   * Returns the exception for an {@code rkllm_init} that failed or returned an unusable handle.
   *
   * @param code the return code
   * @param outcome the description of the failure, such as "failed with code -1"
   * @param complaints the runtime's warnings and errors, as far as they were captured
   * @param thrown an exception thrown in a callback, or null
   */
  static ModelLoadException refused(
      Path model, int code, String outcome, List<String> complaints, @Nullable Throwable thrown) {
    StringBuilder message =
        new StringBuilder("cannot load model ")
            .append(model)
            .append(": rkllm_init ")
            .append(outcome)
            .append(". ");
    if (!complaints.isEmpty()) {
      message.append("The runtime says: ").append(String.join("; ", complaints)).append(". ");
    }
    String remedies = Remedies.of(complaints);
    message.append(remedies.isEmpty() ? LIKELY_CAUSES : remedies);
    if (remedies.isEmpty() && !OutputCapture.isActive()) {
      message.append(" The runtime prints the reason to standard output.");
    }
    return new ModelLoadException(message.toString(), model, code, thrown);
  }

  /**
   * Checks the handle returned by a successful {@code rkllm_init}. Returns a description of the
   * problem, or null if the handle is usable.
   *
   * @param live the handles of the library's models that have not been destroyed; a usable handle
   *     is added
   */
  static @Nullable String takeHandle(long handle, Set<Long> live) {
    if (handle == 0) {
      return "returned 0 but no handle";
    }
    if (!NativeMemory.isPlausible(handle, 1)) {
      return "returned 0 and the invalid handle 0x%x".formatted(handle);
    }
    if (!live.add(handle)) {
      return "returned 0 and 0x%x, which is the handle of another open model; close that model, too"
          .formatted(handle);
    }
    return null;
  }
}
