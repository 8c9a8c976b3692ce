package io.rkllm.ffm;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Why a model did not load: what Java can see beforehand, and what native code's words mean. */
final class LoadProblem {
  private static final String LIKELY_CAUSES =
      "Likely causes: the file is no .rkllm model, or was converted for another chip or by a"
          + " toolkit that does not fit the runtime; the context length is above the model's"
          + " limit; fewer CPUs are enabled than the model has NPU cores; the rknpu driver is too"
          + " old; this user, or this container, may not open the NPU's device nodes"
          + " (/dev/dri/renderD*, or /dev/rknpu of older drivers); NPU memory is short. To learn"
          + " more, set RKLLM_LOG_LEVEL=1 in the environment.";

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
        finding = "it is a directory; name the .rkllm file in it";
      } else if (!Files.isRegularFile(model)) {
        finding = "it is not a regular file; name a .rkllm file";
      } else if (!Files.isReadable(model)) {
        finding = "this user may not read it; check the permissions of the file and its folders";
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
   * What to throw when {@code rkllm_init} refused, or gave no handle that can be used.
   *
   * @param code what it returned
   * @param outcome what it did, such as "failed with code -1"
   * @param complaints what native code printed meanwhile, as far as that was captured
   * @param thrown what was thrown in a callback meanwhile, or null
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
      message.append(" The runtime prints its reason to standard output.");
    }
    return new ModelLoadException(message.toString(), model, code, thrown);
  }

  /**
   * Tells what is wrong with the handle of a {@code rkllm_init} that returned 0; null if it can be
   * used.
   *
   * @param live handles of the models of this library that have not been destroyed; one that can be
   *     used is added
   */
  static @Nullable String takeHandle(long handle, Set<Long> live) {
    if (handle == 0) {
      return "returned 0 but gave no handle";
    }
    if (!NativeMemory.isPlausible(handle, 1)) {
      return "returned 0 but gave 0x%x, which cannot be a handle".formatted(handle);
    }
    if (!live.add(handle)) {
      return "returned 0 but gave the handle of another model that is open, 0x%x; close that one, too"
          .formatted(handle);
    }
    return null;
  }
}
